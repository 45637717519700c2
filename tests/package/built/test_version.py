"""The version is the workspace's, in `Cargo.toml`; where another tool wants it written again, it is the same."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]


def test_every_crate_of_the_workspace_takes_it_from_there() -> None:
    manifests = [ROOT / "Cargo.toml", *ROOT.glob("crates/*/Cargo.toml")]
    versions = [tomllib.loads(path.read_text(encoding="utf-8"))["package"]["version"] for path in manifests]
    assert versions == [{"workspace": True}] * len(manifests)


def test_the_package_for_the_cdk_has_it() -> None:
    package, lock = (
        json.loads((ROOT / "cdk" / name).read_text(encoding="utf-8")) for name in ("package.json", "package-lock.json")
    )
    assert [package["version"], lock["version"], lock["packages"][""]["version"]] == [VERSION] * 3


@pytest.mark.parametrize(
    "document", ["cdk/README.md", "docs/getting-started-cdk.md", "cdk/examples/python/requirements.txt"]
)
def test_what_is_installed_by_file_or_number_is_of_this_version(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.findall(r"connect[-_]security[-_]profile[-_]cdk(?:@|-|==)(\d[\w.]*?)(?=\.jsii|-py3|\s)", text)
    assert found
    assert set(found) == {VERSION}
