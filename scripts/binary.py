"""What a binary asks of the machine that runs it, and whether Lambda's runtime `provided.al2023` has it."""

from __future__ import annotations

from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

#: Amazon Linux 2023 has this version of glibc, and keeps it as long as it lives.
GLIBC = "2.34"
#: Lambda's name of what an ELF file says of its machine.
MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "arm64"}
#: What belongs to glibc, or, as libgcc, to the system's C compiler; the image of the runtime has them all.
LIBRARIES = {
    *("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1", "libgcc_s.so.1"),
    *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"),
}


class BinaryError(Exception):
    """Why Lambda could not run a binary."""


def check(path: Path, architecture: str) -> None:
    """Refuses a binary for another architecture, with other libraries, or with symbols of a newer glibc."""
    with path.open("rb") as file:
        try:
            elf = ELFFile(file)
        except ELFError as error:
            raise BinaryError(f"{path} is no program for Linux: {error}") from error
        machine = MACHINES.get(elf["e_machine"], elf["e_machine"])
        if machine != architecture:
            raise BinaryError(
                f"{path} is for {machine}, not for {architecture}: build with ARCHITECTURE={architecture}"
            )
        if others := sorted(libraries(elf) - LIBRARIES):
            raise BinaryError(
                f"{path} needs {', '.join(others)}, which Lambda's runtime does not have: find the dependency that links it with"
                " `cargo tree -i`, and have it built from source or leave it out"
            )
        if newer := [it for version, names in wanted(elf).items() if is_newer(version) for it in told(version, names)]:
            raise BinaryError(
                f"{path} needs {', '.join(sorted(newer))}, and Lambda's runtime has glibc {GLIBC}: build with `make release`,"
                " which links against that version"
            )


def libraries(elf: ELFFile) -> set[str]:
    """The shared libraries that it wants loaded."""
    dynamic = elf.get_section_by_name(".dynamic")
    return {tag.needed for tag in dynamic.iter_tags("DT_NEEDED")} if dynamic else set()


def wanted(elf: ELFFile) -> dict[str, list[str]]:
    """The versions that it wants of what it is linked with, each with the symbols, if there are any: some have none."""
    table, versions, needs = (elf.get_section_by_name(name) for name in (".dynsym", ".gnu.version", ".gnu.version_r"))
    if not needs:
        return {}
    names = {version["vna_other"]: version.name for _, all_of_one in needs.iter_versions() for version in all_of_one}
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    for number, symbol in enumerate(table.iter_symbols()):
        if name := names.get(versions.get_symbol(number)["ndx"]):
            found[name].append(symbol.name)
    return found


def told(version: str, symbols: list[str]) -> list[str]:
    """A version with its symbols, for people."""
    return [f"`{symbol}` of {version}" for symbol in symbols] or [version]


def is_newer(version: str) -> bool:
    """Whether a version is beyond what the runtime has. Those of libgcc count in another way, and are old."""
    family, _, number = version.partition("_")
    if family != "GLIBC":
        return family != "GCC"
    return not number[:1].isdigit() or numbers(number) > numbers(GLIBC)


def numbers(version: str) -> tuple[int, ...]:
    """`2.34` as `(2, 34)`."""
    return tuple(int(part) for part in version.split("."))
