"""The function for arm64 runs: out of its zip, under qemu where this machine is another, it answers a Create."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from lambda_runtime import Lambda, create


def test_the_program_for_arm64_answers_a_create_and_a_mistake(tmp_path: Path) -> None:
    [package] = Path(os.environ["PACKAGE"]).glob("*-arm64.zip")
    with zipfile.ZipFile(package) as archive:
        program = Path(archive.extract("bootstrap", tmp_path / "unpacked"))
    program.chmod(0o755)
    bootstrap = tmp_path / "bootstrap"
    bootstrap.write_text(f'#!/bin/sh\nexec "{os.environ["QEMU"]}/run" "{program}"\n', encoding="utf-8")
    bootstrap.chmod(0o755)
    with Lambda(bootstrap, tmp_path, timeout=20) as function:
        said, _ = function.invoke(create(function.bucket.origin, "Agents"))
        [answer] = function.answers() or [{"Status": said}]
        assert answer["Status"] == "SUCCESS", function.log()
        assert "Agents" in function.connect.profiles()
        function.invoke(create(function.bucket.origin, "Others", Permissons=["BasicAgentAccess"]))
        [answer] = function.answers()
        assert answer["Status"] == "FAILED"
