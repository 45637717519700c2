"""The zip that Lambda takes: one file, `bootstrap`, and nothing in it of when or where it was made."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def write(binary: Path, archive: Path) -> None:
    """Writes the zip. The same binary makes the same zip, and so the same asset, wherever Python has the same zlib."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix, without which Lambda finds no permission to run it.
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(entry, binary.read_bytes(), compresslevel=9)


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
