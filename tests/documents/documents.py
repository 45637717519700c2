"""The documents as what can be checked: fenced blocks, links, headings, quotations.

Knows Markdown as far as these documents use it, and nothing of what stands in a block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".", "docs", "cdk", "crates/*", "examples", "tests/*")

# Generated from the definition of the properties, and held to it by tests of its own: its links are checked here.
GENERATED = {"docs/properties.md"}


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@cache
def documents() -> dict[str, str]:
    """Every document by its path."""
    paths = sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.md"))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def blocks(*languages: str) -> list[Block]:
    """The blocks in these languages."""
    return [block for name in documents() for block in blocks_of(name) if block.language in languages]


def blocks_of(document: str) -> list[Block]:
    """The blocks of one document."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", documents()[document], re.MULTILINE | re.DOTALL)
    text = documents()[document]
    return [Block(document, text.count("\n", 0, it.start()) + 1, it[1], it[2]) for it in found]


def prose(document: str) -> str:
    """A document without its blocks and comments."""
    text = re.sub(r"^```.*?^```$", "", documents()[document], flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def links(document: str) -> list[str]:
    """Where its links lead."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "`", prose(document)))


def anchors(document: str) -> set[str]:
    """What its headings are called in a link, as GitHub does it."""
    names: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        count = next(n for n in range(99) if (f"{name}-{n}" if n else name) not in names)
        names.add(f"{name}-{count}" if count else name)
    return names
