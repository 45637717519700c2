"""The licences and notices of all that is linked into the Lambda, in one text, as they ask to be kept."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from linked import ROOT, Crate, version

#: What crates call such files.
NAMES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?", re.IGNORECASE)
RULE = "=" * 100

# For the few crates that name this licence and leave its text out.
MIT = """\
MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class NoticeError(Exception):
    """A licence whose text is nowhere."""


def write(crates: Iterable[Crate], zig: Path, folder: Path) -> None:
    """Writes the text, and beside it the page about Rust's standard library."""
    (folder / "LICENSES.txt").write_text(text(crates, zig), encoding="utf-8", newline="\n")
    shutil.copyfile(of_standard_library(), folder / "LICENSES-rust.html")


def text(crates: Iterable[Crate], zig: Path) -> str:
    """Which crate is under which licence, and then each text once, with those that it is of."""
    # What a crate uses may differ from target to target, but that is not asked for here.
    crates = sorted({crate.key: crate for crate in crates}.values())
    holders = defaultdict(list)
    for crate in crates:
        for notice in of_crate(crate):
            holders[notice].append(f"{crate.name} {crate.version}")
    for name, path in beside_crates(zig).items():
        holders[read(path)].append(name)
    parts = [
        f"connect-security-profile {version()} is linked with the following. Where there is a choice of licences, all are given."
        " Rust's standard library has a page of its own, LICENSES-rust.html.\n",
        "".join(f"{crate.name} {crate.version}: {crate.licence}\n" for crate in crates)
        + "".join(f"{name}\n" for name in beside_crates(zig)),
    ]
    for notice, names in sorted(holders.items(), key=lambda pair: (pair[1], pair[0])):
        parts.append(f"{RULE}\n{', '.join(names)}\n{RULE}\n\n{notice}")
    return "\n".join(parts)


def of_crate(crate: Crate) -> set[str]:
    """The texts that a crate brings, or the common text of the licence that it names."""
    if not crate.sha256:
        return {read(ROOT / "LICENSE")}
    files = (path for path in crate.folder.rglob("*") if NAMES.fullmatch(path.name) and path.is_file())
    found = {read(path) for path in files if path.suffix != ".rs"}
    if found:
        return found
    if "Apache-2.0" in crate.licence:
        return {read(ROOT / "LICENSE")}
    if "MIT" in crate.licence:
        return {MIT}
    raise NoticeError(f"{crate.name} {crate.version} has no text of its licence, {crate.licence}, in its package")


def beside_crates(zig: Path) -> dict[str, Path]:
    """What Zig links in: the unwinder, and what processors do not have."""
    return {"LLVM's libunwind": zig / "lib/libunwind/LICENSE.TXT", "Zig's compiler-rt": zig / "LICENSE"}


def of_standard_library() -> Path:
    """The page that Rust brings about its standard library and the crates in that."""
    asked = subprocess.run(["rustc", "--print", "sysroot"], cwd=ROOT, check=True, capture_output=True, text=True)
    page = Path(asked.stdout.strip()) / "share/doc/rust/COPYRIGHT-library.html"
    if not page.exists():
        raise NoticeError(f"{page} is not there, and it holds the licences of Rust's standard library")
    return page


def read(path: Path) -> str:
    """A text, without what editors and systems add at the ends of lines."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError as error:
        raise NoticeError(f"{path} is not there, and it holds a licence that is to be kept") from error
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"
