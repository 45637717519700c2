"""`scripts/run.py` and `scripts/up.py` as a person meets them: how they end, and that nothing is left."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from stack_engine import ROOT

PROGRAMS = {"--bootstrap": "BOOTSTRAP", "--emulator": "CONNECT_EMULATOR"}


def start(folder: Path, *arguments: str, script: str = "run.py", **programs: str) -> subprocess.Popen[str]:
    """Starts it with all its files under the folder."""
    command = [sys.executable, str(ROOT / "scripts" / script), *arguments]
    for argument, variable in PROGRAMS.items():
        command += [argument, programs.get(variable, os.environ[variable])]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=os.environ | {"TMPDIR": str(folder)}, stdout=pipe, stderr=pipe, encoding="utf-8"
    )


def processes_of(folder: Path) -> list[str]:
    """The processes that were given the folder for their files."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text(encoding="utf-8"))
        except OSError:
            continue
    return found


def test_the_story_ends_well_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path)
    told, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "\nProved in " in told
    assert "\033[" not in told
    assert not list(tmp_path.iterdir())
    assert not processes_of(tmp_path)


def test_a_claim_that_does_not_hold_is_named_and_ends_the_story(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    connect = urlsplit(process.stdout.readline().rpartition(" ")[2].strip())
    # Connect answers that it has changed the profile, and has not.
    answer = {"status": 200, "content_type": "application/json", "body": "{}"}
    # The second is the supervisors'.
    fault = {"operation": "UpdateSecurityProfile", "nth": 2, "action": {"raw": answer}}
    control = http.client.HTTPConnection(connect.netloc, timeout=10)
    control.request("POST", "/_emulator/faults", json.dumps(fault))
    assert control.getresponse().status == 204
    told, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, "")
    assert told.endswith(
        "             NO   the permission is there\n"
        "             yes  the tags are there\n"
        "             yes  only what differed was written\n"
        "\nFailed at step 3, which ended UPDATE_COMPLETE. Not so: the permission is there.\n"
    )
    assert not list(tmp_path.iterdir())
    assert not processes_of(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["", "CloudFormation", "2  "], ids=["first", "started", "deployed"])
def test_a_signal_ends_all_of_it(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    if moment:
        while not process.stdout.readline().startswith(moment):
            assert process.poll() is None, process.communicate()
    else:
        # As early as there is anything to leave behind.
        while not list(tmp_path.iterdir()):
            assert process.poll() is None
            time.sleep(0.001)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert errors == f"\nstopped by {number.name}; everything that was started is ended\n"
    assert not list(tmp_path.iterdir())
    assert not processes_of(tmp_path)


def test_up_stays_with_the_provider_deployed_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, script="up.py")
    assert process.stdout is not None
    lines: list[str] = []
    while not (lines and lines[-1].startswith("Ctrl-C")):
        lines.append(process.stdout.readline())
        assert process.poll() is None
    told = "".join(lines)
    assert "ServiceToken=arn:aws:lambda:" in told
    assert "/_emulator/journal" in told
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "\nstopped; everything that was started is ended\n")
    assert not list(tmp_path.iterdir())
    assert not processes_of(tmp_path)


def refusal(process: subprocess.Popen[str]) -> str:
    """What it says when it cannot begin."""
    told, errors = process.communicate(timeout=30)
    assert (process.returncode, told) == (1, "")
    assert errors.count("\n") == 1
    return errors


def test_a_program_that_is_not_built_is_named_with_the_command_that_builds_it(tmp_path: Path) -> None:
    errors = refusal(start(tmp_path, BOOTSTRAP="/none/bootstrap"))
    build = "cargo build -p connect-security-profile"
    assert errors == f"error: there is no program `/none/bootstrap`: build it with `{build}`\n"


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        errors = refusal(start(tmp_path, "--port", str(port)))
    assert errors == f"error: port {port} is in use: choose another, or 0 for any free one\n"
    assert not list(tmp_path.iterdir())
    assert not processes_of(tmp_path)


def test_a_program_of_another_machine_is_told(tmp_path: Path) -> None:
    foreign = tmp_path / "emulator"
    foreign.write_bytes(b"\x7fELF foreign")
    foreign.chmod(0o755)
    errors = refusal(start(tmp_path, CONNECT_EMULATOR=str(foreign)))
    assert errors == f"error: `{foreign}` cannot be started: Exec format error\n"


def test_an_emulator_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "emulator"
    broken.write_text("#!/bin/sh\necho cannot begin >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    errors = refusal(start(tmp_path, CONNECT_EMULATOR=str(broken)))
    assert errors == "error: the embedded Connect ended at once (code 3): cannot begin\n"
    assert list(tmp_path.iterdir()) == [broken]


def test_what_is_not_installed_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    # Without site-packages nothing is installed.
    command = [sys.executable, "-S", str(ROOT / "scripts" / "run.py"), "--bootstrap", "x", "--emulator", "x"]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"error: MiniStack is not installed for {sys.executable}: "
        f"run `{sys.executable} -m pip install -r tests/stacks/requirements.txt`\n"
    )


def test_a_function_that_does_not_start_is_told_at_once(tmp_path: Path) -> None:
    broken = tmp_path / "bootstrap"
    broken.write_text("#!/bin/sh\necho no settings >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    process = start(tmp_path, BOOTSTRAP=str(broken))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert (
        errors == "error: the function does not run: bootstrap exited during init with code 3: no settings\n"
    )
    assert not processes_of(tmp_path)
