"""The crates that are linked into the Lambda, as cargo resolves them for a target. Those that only compile it are not among them."""

from __future__ import annotations

import json
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "connect-security-profile"


@dataclass(frozen=True, order=True)
class Crate:
    """One of them."""

    name: str
    version: str
    #: An SPDX expression.
    licence: str
    description: str
    repository: str
    #: Where its sources are here.
    folder: Path
    #: That of its archive in the registry; empty for a crate of this project.
    sha256: str
    #: Name and version of each crate that it uses, as far as it is linked in as well.
    uses: tuple[tuple[str, str], ...]

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others."""
        return self.name, self.version


def crates(target: str) -> list[Crate]:
    """All of them, sorted; this project's own, too."""
    tree = cargo(
        "tree", "-p", PACKAGE, "-e", "normal,no-proc-macro", "--target", target, "--prefix", "none", "--no-dedupe"
    )
    # A line is `name vVersion`, and where it is no crate of a registry, its folder.
    keys = {(line.split()[0], line.split()[1].removeprefix("v")) for line in tree.splitlines() if line}
    described = metadata(target)
    packages = {it["id"]: it for it in described["packages"] if (it["name"], it["version"]) in keys}
    edges = {node["id"]: normal(node["deps"]) for node in described["resolve"]["nodes"]}
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    sums = {(it["name"], it["version"]): it.get("checksum", "") for it in locked}
    found = []
    for identity, it in packages.items():
        uses = sorted(
            (packages[used]["name"], packages[used]["version"]) for used in edges[identity] if used in packages
        )
        # The older way to write "or".
        licence = (it["license"] or "").replace(" / ", " OR ").replace("/", " OR ")
        about = (it["description"] or "").strip(), it["repository"] or ""
        folder = Path(it["manifest_path"]).parent
        key = it["name"], it["version"]
        found.append(Crate(*key, licence, *about, folder, sums[key], tuple(uses)))
    return sorted(found)


def normal(dependencies: list[dict]) -> list[str]:
    """Those that are neither for tests nor for the build alone."""
    return [it["pkg"] for it in dependencies if any(kind["kind"] is None for kind in it["dep_kinds"])]


def version() -> str:
    """The one version of all that is shipped."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]


@cache
def metadata(target: str) -> dict:
    """What cargo knows of all packages."""
    return json.loads(cargo("metadata", "--format-version=1", "--filter-platform", target))


def cargo(*arguments: str) -> str:
    """What cargo says."""
    command = ["cargo", arguments[0], "--locked", *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
