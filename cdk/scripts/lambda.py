"""Puts the function's binary into the package: lambda/provider-<architecture>.zip.

Without arguments it builds the Lambda for this machine's architecture, as it ships. `--binary` takes one that is built.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import zipfile
from pathlib import Path

CDK = Path(__file__).resolve().parent.parent
ROOT = CDK.parent
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def main() -> None:
    """Reads the arguments and writes the zip."""
    parser = argparse.ArgumentParser(description=__doc__)
    own = ARCHITECTURES.get(platform.machine().lower())
    parser.add_argument("--architecture", choices=["x86_64", "arm64"], default=own)
    parser.add_argument("--binary", type=Path, help="the built `bootstrap`")
    arguments = parser.parse_args()
    if arguments.binary is None:
        if arguments.architecture != own:
            parser.error(f"a binary for {arguments.architecture} is not built here: build it there, and give --binary")
        subprocess.run(["make", "release"], cwd=ROOT, check=True)
    binary = arguments.binary or ROOT / "target/release/bootstrap"
    path = CDK / "lambda" / f"provider-{arguments.architecture}.zip"
    path.parent.mkdir(exist_ok=True)
    # Always the same date, so that the same binary makes the same zip, and the same asset.
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, binary.read_bytes())
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
