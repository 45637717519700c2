"""Each link within the project leads somewhere."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from documents import ROOT, anchors, documents, links


@pytest.mark.parametrize("document", documents())
def test_each_link_leads_to_a_file_and_a_heading(document: str) -> None:
    wrong = [link for link in links(document) if "://" not in link and not leads_somewhere(document, link)]
    assert not wrong


def leads_somewhere(document: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / PurePosixPath(document).parent / path).resolve() if path else ROOT / document
    if not target.is_relative_to(ROOT):
        return False
    name = target.relative_to(ROOT).as_posix()
    return target.exists() and (not anchor or anchor in anchors(name))


def test_each_page_for_users_is_named_in_the_readme() -> None:
    pages = {name for name in documents() if name.startswith("docs/")}
    # Reached from operations: measurements.
    assert pages - {link.partition("#")[0] for link in links("README.md")} <= {"docs/crowds.md", "docs/performance.md"}
