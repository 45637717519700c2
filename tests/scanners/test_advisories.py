"""`scripts/advisories.sh`: an advisory is a failure, and a database that cannot be fetched is said and is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from templates import ROOT

#: In the place of cargo-deny: the exit code of each of its commands, and what was asked of it.
STAND_IN = """#!/bin/sh
echo "$@" >>{log}
case "$*" in
*" fetch db") echo "{said}" >&2; exit {fetch} ;;
*fuzz*" check advisories") exit {fuzz} ;;
*" check advisories") exit {root} ;;
esac
exit 99
"""


def run(folder: Path, *, fetch: int = 0, root: int = 0, fuzz: int = 0) -> tuple[int, str, list[str]]:
    program, log = folder / "cargo-deny", folder / "log"
    program.write_text(STAND_IN.format(log=log, said="Could not resolve host", fetch=fetch, root=root, fuzz=fuzz))
    program.chmod(0o755)
    command = [ROOT / "scripts/advisories.sh", program, "Cargo.toml", "fuzz/Cargo.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, log.read_text().splitlines()


def test_both_workspaces_are_judged(tmp_path: Path) -> None:
    code, said, asked = run(tmp_path)
    assert code == 0
    assert "Cargo.toml was checked" in said
    assert "fuzz/Cargo.toml was checked" in said
    judged = [line.split()[1] for line in asked if line.endswith(" check advisories")]
    assert judged == ["Cargo.toml", "fuzz/Cargo.toml"]
    # The database is the one that was fetched a moment ago.
    assert all("--offline" in line for line in asked if "check" in line)


@pytest.mark.parametrize("where", ["root", "fuzz"])
def test_an_advisory_is_a_failure(tmp_path: Path, where: str) -> None:
    code, said, _ = run(tmp_path, **{where: 1})
    assert code == 1
    assert "fuzz/Cargo.toml was checked" not in said


def test_without_the_database_nothing_is_judged_which_is_said(tmp_path: Path) -> None:
    code, said, asked = run(tmp_path, fetch=1)
    assert code == 0
    assert "NOT CHECKED" in said
    assert "Could not resolve host" in said
    assert len(asked) == 1
