"""What Lambda could not run is refused before it is packed, with the symbol, the version and the way out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import binary
import pytest

ROOT = Path(__file__).resolve().parents[3]
ZIG = os.environ.get("ZIG", "")
#: Takes a symbol that glibc has since 2.38 only.
NEWER = 'long __isoc23_strtol(const char *, char **, int); int main(void) { return (int)__isoc23_strtol("1", 0, 0); }'
PLAIN = "int main(void) { return 0; }"


def linked(folder: Path, source: str, target: str, *more: str) -> Path:
    """A program, or a library, as Zig links it for a target."""
    code, made = folder / "made.c", folder / ("lib.so" if "-shared" in more else "made")
    code.write_text(source, encoding="utf-8")
    caches = {
        "ZIG_GLOBAL_CACHE_DIR": str(ROOT / ".tools/release/cache/zig"),
        "ZIG_LOCAL_CACHE_DIR": str(folder / "cache"),
    }
    subprocess.run([ZIG, "cc", "-target", target, code, "-o", made, *more], env=os.environ | caches, check=True)
    return made


def refusal(program: Path, architecture: str) -> str:
    with pytest.raises(binary.BinaryError) as caught:
        binary.check(program, architecture)
    return str(caught.value)


def test_what_sam_built_is_taken() -> None:
    architectures = ("x86_64", "arm64")
    built = Path(os.environ["BOOTSTRAP"])
    taken = [it for it in architectures if "is for" not in said(built, it)]
    assert len(taken) == 1
    binary.check(built, taken[0])


def said(program: Path, architecture: str) -> str:
    try:
        binary.check(program, architecture)
    except binary.BinaryError as error:
        return str(error)
    return ""


def test_a_symbol_of_a_newer_glibc_is_refused_by_name(tmp_path: Path) -> None:
    program = linked(tmp_path, NEWER, "x86_64-linux-gnu.2.38")
    assert refusal(program, "x86_64") == (
        f"{program} needs `__isoc23_strtol` of GLIBC_2.38, and Lambda's runtime has glibc 2.34: build with `make release`,"
        " which links against that version"
    )


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    program = linked(tmp_path, PLAIN, "aarch64-linux-gnu", "-c")
    binary.check(program, "arm64")
    assert refusal(program, "x86_64") == f"{program} is for arm64, not for x86_64: build with ARCHITECTURE=x86_64"


def test_a_library_that_the_runtime_lacks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    library = linked(
        tmp_path / "other",
        "int other(void) { return 1; }",
        "x86_64-linux-gnu.2.38",
        "-shared",
        "-Wl,-soname,libother.so.1",
    )
    program = linked(
        tmp_path, "int other(void); int main(void) { return other(); }", "x86_64-linux-gnu.2.38", str(library)
    )
    assert f"{program} needs libother.so.1, which Lambda's runtime does not have" in refusal(program, "x86_64")


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "bootstrap"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    assert "is no program for Linux" in refusal(program, "x86_64")


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("GLIBC_2.34", False),
        ("GLIBC_2.2.5", False),
        ("GLIBC_2.4", False),
        ("GLIBC_2.35", True),
        ("GLIBC_3.0", True),
        ("GLIBC_PRIVATE", True),
        ("GLIBC_ABI_DT_RELR", True),
        ("GCC_3.0", False),
        ("GLIBCXX_3.4", True),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, newer: bool) -> None:
    assert binary.is_newer(version) is newer
