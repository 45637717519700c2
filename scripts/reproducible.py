"""Builds the package again, from a copy in another folder with another target folder, and compares: it must be the same bytes.

The copy has a longer path, no folder `.git`, another home, files as new as can be, and nothing that was compiled before. ARCHITECTURES, or by
default both, are built: each takes as long as `make release` on a machine that has nothing yet.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from architectures import TARGETS

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"


def main() -> None:
    """Reads the arguments, builds in the copy, and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=TARGETS, action="append", help="may be repeated; by default both")
    parser.add_argument("--zig", type=Path, required=True, help="the folder of the Zig that links")
    arguments = parser.parse_args()
    architectures = arguments.architecture or list(TARGETS)
    with tempfile.TemporaryDirectory(prefix="reproducible-in-quite-another-folder-") as name:
        copy, target_dir = Path(name) / "source", Path(name) / "built"
        copied(copy)
        moved_home(Path(name) / "home")
        run(copy, TOOLS / "release", "release.py", target_dir, architectures)
        run(copy, TOOLS / "package", "package.py", target_dir, architectures, "--zig", str(arguments.zig))
        differing = compared(ROOT / "target/package", target_dir / "package", architectures)
    if differing:
        sys.exit(f"error: not the same bytes: {', '.join(differing)}")
    print("The same bytes.")


def copied(copy: Path) -> None:
    """Copies what git knows, or would on the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)


def moved_home(home: Path) -> None:
    """What cargo has fetched, as it would be in somebody else's home."""
    home.mkdir()
    own = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for name in ("registry", "config.toml", "config"):
        if (own / name).exists():
            (home / name).symlink_to(own / name)


def run(copy: Path, tools: Path, script: str, target_dir: Path, architectures: list[str], *more: str) -> None:
    """Runs one of the copy's scripts for each architecture, as another user would with another home."""
    elsewhere = {"CARGO_HOME": str(copy.parent / "home"), "SOURCE_DATE_EPOCH": "1"}
    environment = os.environ | elsewhere | {"LC_ALL": "C", "TZ": "Pacific/Chatham", "USER": "somebody"}
    each = [["--architecture", it] for it in architectures]
    for words in each if script == "release.py" else [sum(each, [])]:
        command = [tools / "bin/python", copy / "scripts" / script, "--target-dir", target_dir, *words, *more]
        subprocess.run(command, cwd=copy, env=environment, check=True)


def compared(one: Path, other: Path, architectures: list[str]) -> list[str]:
    """The names of the files that differ, of those that do not depend on which architectures were built."""
    partial = len(architectures) < len(TARGETS)
    names = sorted(path.name for path in other.iterdir() if not (partial and path.name == "SHA256SUMS"))
    return [
        name for name in names if not (one / name).exists() or (one / name).read_bytes() != (other / name).read_bytes()
    ]


if __name__ == "__main__":
    main()
