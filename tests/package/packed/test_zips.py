"""What `make package` leaves: zips that Lambda takes, and beside them all that one who downloads them needs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import binary
import pytest
from architectures import TARGETS

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = Path(os.environ.get("PACKAGE", "")).absolute()
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]
NAME = f"connect-security-profile-{VERSION}"


def test_these_files_and_no_others_are_there() -> None:
    each = {file for it in TARGETS for file in (f"{NAME}-{it}.zip", f"{NAME}-{it}.cdx.json", f"template-{it}.yaml")}
    assert {path.name for path in PACKAGE.iterdir()} == each | {"LICENSES.txt", "LICENSES-rust.html", "SHA256SUMS"}


def test_the_sums_are_those_of_all_files() -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=PACKAGE, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(list(PACKAGE.iterdir())) - 1


@pytest.mark.parametrize("architecture", TARGETS)
def test_a_zip_holds_the_program_and_nothing_of_time_and_place(architecture: str, tmp_path: Path) -> None:
    path = PACKAGE / f"{NAME}-{architecture}.zip"
    with zipfile.ZipFile(path) as archive:
        [entry] = archive.infolist()
        assert (entry.filename, entry.date_time, entry.create_system) == ("bootstrap", (1980, 1, 1, 0, 0, 0), 3)
        assert entry.external_attr >> 16 == 0o100755
        assert (entry.extra, entry.comment, archive.comment) == (b"", b"", b"")
        program = Path(archive.extract(entry, tmp_path))
    binary.check(program, architecture)
    built = ROOT / "target" / TARGETS[architecture] / "release/bootstrap"
    assert program.read_bytes() == built.read_bytes()


@pytest.mark.parametrize("architecture", TARGETS)
def test_a_program_names_no_folder_of_who_built_it(architecture: str) -> None:
    with zipfile.ZipFile(PACKAGE / f"{NAME}-{architecture}.zip") as archive:
        program = archive.read("bootstrap")
    for folder in (ROOT, Path.home(), Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))):
        assert f"{folder}/".encode() not in program
    assert b"/crates/tokio-" in program, "the names that folders have instead"


@pytest.mark.parametrize("architecture", TARGETS)
def test_a_template_deploys_the_zip_beside_it_on_its_architecture(architecture: str) -> None:
    template = PACKAGE / f"template-{architecture}.yaml"
    subprocess.run([os.environ["SAM"], "validate", "--lint", "--template", template], check=True, capture_output=True)
    before, after = ((path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "template.yaml", template))
    default = [f"Default: {architecture}"] if architecture == "arm64" else []
    added = [line.strip() for line in after if line not in before]
    assert added == [*default, f"AllowedValues: [{architecture}]", f"CodeUri: ./{NAME}-{architecture}.zip"]
    assert "BuildMethod" not in "\n".join(after)


@pytest.mark.parametrize("architecture", TARGETS)
def test_a_bill_of_materials_names_what_is_linked_in(architecture: str) -> None:
    bill = json.loads((PACKAGE / f"{NAME}-{architecture}.cdx.json").read_text(encoding="utf-8"))
    root = bill["metadata"]["component"]
    assert (root["name"], root["version"]) == ("connect-security-profile", VERSION)
    sha256 = hashlib.sha256((PACKAGE / f"{NAME}-{architecture}.zip").read_bytes()).hexdigest()
    assert root["hashes"] == [{"alg": "SHA-256", "content": sha256}]
    names = {component["name"] for component in bill["components"]}
    assert {"aws-sdk-connect", "custom-resource", "lambda_runtime", "ring", "rustls", "tokio"} <= names
    assert not names & {"connect-emulator", "insta", "proptest", "serde_derive", "cc"}, "what only builds or tests it"
    assert all(component["licenses"] for component in bill["components"])
    known = {root["bom-ref"], *(component["bom-ref"] for component in bill["components"])}
    assert {edge["ref"] for edge in bill["dependencies"]} == known


def test_each_crate_has_its_licence_in_the_text() -> None:
    text = (PACKAGE / "LICENSES.txt").read_text(encoding="utf-8")
    rule = "=" * 100
    [listed, *notices] = text.split(f"{rule}\n")
    headed = {name for heads in notices[::2] for name in heads.strip().split(", ")}
    named = [line.partition(": ")[0] for line in listed.splitlines()[2:] if line]
    assert len(named) > 100
    assert set(named) == headed
    assert len(named) == len(set(named)), "each is named once"
    for phrase in (
        "Apache License",
        "Permission is hereby granted",
        "ISC License|Permission to use, copy",
        "Unicode",
        "LLVM",
    ):
        assert re.search(phrase, text), phrase
