"""What pip and npm install is locked: each file by its hash, each package in the version that its source asks for."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from templates import ROOT

FILES = [ROOT / name for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()]
SOURCES = [path for path in FILES if path.name.endswith("requirements.in")]
LOCKS = [path for path in FILES if path.name == "package-lock.json"]
#: For users, whose own locks decide.
FOR_USERS = {ROOT / "cdk/examples/python/requirements.txt"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pins(text: str) -> dict[str, str]:
    """The packages of a requirements file and their versions."""
    found = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_every_requirements_file_has_a_source() -> None:
    assert len(SOURCES) > 5
    written = {path for path in FILES if path.name.endswith("requirements.txt")} - FOR_USERS
    assert written == {path.with_suffix(".txt") for path in SOURCES}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_each_package_is_locked_with_hashes_in_the_version_that_is_asked_for(source: Path) -> None:
    text = source.with_suffix(".txt").read_text(encoding="utf-8")
    locked, wanted = pins(text), pins(source.read_text(encoding="utf-8"))
    assert wanted
    assert {name: locked.get(name) for name in wanted} == wanted
    requirements = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    assert len(requirements) >= len(locked)
    for requirement in requirements:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}$", requirement), requirement


def test_pip_is_never_called_without_hashes_and_npm_installs_what_is_locked() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    pip = [line for line in lines if line.startswith("\t") and "pip install" in line]
    assert len(pip) >= 4
    assert all("$(LOCKED)" in line for line in pip)
    assert any(line.startswith("LOCKED") and "--no-deps --require-hashes" in line for line in lines)
    npm = [line for line in lines if re.search(r"npm (ci|i|install)\b", line)]
    assert len(npm) >= 3
    assert all("npm ci" in line for line in npm)


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_every_package_of_npm_has_its_integrity(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    others = {name: package for name, package in packages.items() if name and not package.get("link")}
    assert others
    # A package that another one brings along is in that one's file.
    without = [name for name, it in others.items() if "integrity" not in it and not it.get("inBundle")]
    assert without == []


def test_rust_is_the_version_that_the_manifests_ask_for() -> None:
    toolchain = tomllib.loads((ROOT / "rust-toolchain.toml").read_text(encoding="utf-8"))["toolchain"]
    for manifest in ("Cargo.toml", "fuzz/Cargo.toml"):
        stated = tomllib.loads((ROOT / manifest).read_text(encoding="utf-8"))
        version = stated["package"]["rust-version"]
        if not isinstance(version, str):
            version = stated["workspace"]["package"]["rust-version"]
        assert toolchain["channel"].startswith(f"{version}."), manifest
