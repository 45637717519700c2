"""Makes what a release hands out, in `target/package/`, from the binaries that `make release` has built.

For each architecture the zip, a template that deploys it, and its bill of materials; the licences of what is linked in; and the
sums of them all. Twice from the same sources, they are the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import sys
from pathlib import Path

import archive
import bill
import linked
import notices
from architectures import TARGETS

ROOT = linked.ROOT


def main() -> None:
    """Reads the arguments, writes the files, and lists them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zig", type=Path, required=True, help="the folder of the Zig that linked")
    parser.add_argument("--target-dir", type=Path, default=ROOT / "target", help="where cargo has put what it built")
    parser.add_argument("--architecture", choices=TARGETS, action="append", help="by default all")
    arguments = parser.parse_args()
    folder = arguments.target_dir / "package"
    try:
        make(arguments.target_dir, folder, arguments.architecture or list(TARGETS), arguments.zig)
    except (PackageError, bill.BillError, notices.NoticeError) as error:
        sys.exit(f"error: {error}")
    for path in sorted(folder.iterdir()):
        print(f"{path}: {path.stat().st_size:,} bytes")


class PackageError(Exception):
    """Why there is no package."""


def make(target_dir: Path, folder: Path, architectures: list[str], zig: Path) -> None:
    """Writes the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    all_crates = set()
    for architecture in architectures:
        target = TARGETS[architecture]
        binary = target_dir / target / "release/bootstrap"
        if not binary.exists():
            raise PackageError(f"{binary} is not there: `make release ARCHITECTURE={architecture}` builds it")
        zipped = folder / f"{linked.PACKAGE}-{linked.version()}-{architecture}.zip"
        archive.write(binary, zipped)
        crates = linked.crates(target)
        all_crates |= set(crates)
        write(zipped.with_suffix(".cdx.json"), bill.text(crates, zipped))
        write(folder / f"template-{architecture}.yaml", template(architecture, zipped.name))
    notices.write(all_crates, zig, folder)
    # The template names both as files beside it, for the Serverless Application Repository.
    for name in ("LICENSE", "README.md"):
        shutil.copyfile(ROOT / name, folder / name)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    write(folder / "SHA256SUMS", "".join(sums))


def template(architecture: str, code: str) -> str:
    """The template, for the zip beside it and the one architecture; nothing is built any more."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    parameter = r"(\n  Architecture:\n    Type: String\n)    Default: x86_64\n    AllowedValues: \[x86_64, arm64\]\n"
    for pattern, becomes in (
        (r"(\n      CodeUri: )\.\n", rf"\g<1>./{code}\n"),
        # The scanners' suppressions beside it stay.
        (r"(\n    Metadata:\n)      BuildMethod: makefile\n", r"\g<1>"),
        (parameter, rf"\g<1>    Default: {architecture}\n    AllowedValues: [{architecture}]\n"),
    ):
        text, count = re.subn(pattern, becomes, text)
        if count != 1:
            raise PackageError(f"`template.yaml` has {count} places, not one, that fit `{pattern}`")
    return text


def write(path: Path, text: str) -> None:
    """A text file, the same on all systems."""
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
