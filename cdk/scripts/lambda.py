"""Puts the function's binaries into the package: lambda/provider-<architecture>.zip, and the licences of what is in them.

Without arguments it builds the Lambda for both architectures, as it ships. `--architecture` names the only one that is wanted, and
`--binary` one of it that is built.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

CDK = Path(__file__).resolve().parent.parent
ROOT = CDK.parent
sys.path.insert(0, str(ROOT / "scripts"))

import archive  # noqa: E402
import linked  # noqa: E402
import notices  # noqa: E402
from architectures import TARGETS  # noqa: E402


def main() -> None:
    """Reads the arguments and writes the zips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=TARGETS)
    parser.add_argument("--binary", type=Path, help="the built `bootstrap`")
    arguments = parser.parse_args()
    if arguments.binary and not arguments.architecture:
        parser.error("say --architecture, what the binary is for")
    for old in (*(CDK / "lambda").glob("*.zip"), *(CDK / "lambda").glob("LICENSES*")):
        old.unlink()
    architectures = [arguments.architecture] if arguments.architecture else list(TARGETS)
    for architecture in architectures:
        if not arguments.binary:
            subprocess.run(
                ["make", "--no-print-directory", "release", f"ARCHITECTURE={architecture}"], cwd=ROOT, check=True
            )
        binary = arguments.binary or ROOT / "target" / TARGETS[architecture] / "release/bootstrap"
        path = CDK / "lambda" / f"provider-{architecture}.zip"
        archive.write(binary, path)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")
    [zig] = (ROOT / ".tools/release/lib").glob("python3.*/site-packages/ziglang")
    notices.write({crate for it in architectures for crate in linked.crates(TARGETS[it])}, zig, CDK / "lambda")


if __name__ == "__main__":
    main()
