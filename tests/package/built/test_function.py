"""The binary that `sam build` made, in AWS's own Runtime Interface Emulator: its deadlines, its end of a process, its restart."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lambda_runtime import Lambda, create, soon


@pytest.fixture
def function(tmp_path: Path) -> Iterator[Lambda]:
    """A function with three seconds for each event, of which it keeps one for the answer."""
    with Lambda(Path(os.environ["BOOTSTRAP"]).absolute(), tmp_path, timeout=3) as running:
        yield running


def served(function: Lambda, name: str) -> int:
    """Has a profile made, sees that it was, and returns the one process that runs."""
    said, _ = function.invoke(create(function.bucket.origin, name))
    [answer] = function.answers()
    assert answer["Status"] == "SUCCESS", (answer, said, function.log())
    assert answer["Data"]["SecurityProfileName"] == name
    assert name in function.connect.profiles()
    [process] = function.processes()
    return process


def test_a_create_is_answered_and_a_mistake_too(function: Lambda) -> None:
    process = served(function, "Agents")
    function.invoke(create(function.bucket.origin, "Others", Permissons=["BasicAgentAccess"]))
    [answer] = function.answers()
    assert answer["Status"] == "FAILED"
    assert "`Permissions`" in answer["Reason"]
    assert function.processes() == [process]


def test_a_service_that_never_answers_is_answered_for_before_the_time_is_up(function: Lambda) -> None:
    process = served(function, "Before")
    function.connect.hang_at("CreateSecurityProfile")
    said, seconds = function.invoke(create(function.bucket.origin, "Agents"))
    [answer] = function.answers()
    assert answer["Status"] == "FAILED"
    assert "connect:CreateSecurityProfile" in answer["Reason"]
    assert "no answer within" in answer["Reason"]
    assert seconds < function.timeout
    assert "Task timed out" not in said
    assert served(function, "After") == process


def test_a_bucket_that_stalls_is_reported_to_lambda_before_the_time_is_up(function: Lambda) -> None:
    process = served(function, "Before")
    said, seconds = function.invoke(create(function.bucket.origin, "Agents", key="stalled"))
    assert seconds < function.timeout
    assert "errorMessage" in said
    assert "Task timed out" not in said
    assert served(function, "After") == process


def test_a_process_that_is_ended_at_its_deadline_is_followed_by_a_fresh_one(function: Lambda) -> None:
    process = served(function, "Before")
    function.connect.hang_at("CreateSecurityProfile")

    def stop() -> None:
        soon(lambda: function.connect.calls().count("CreateSecurityProfile") == 2, "the call that hangs")
        os.kill(process, signal.SIGSTOP)

    # A process that stands still cannot look at its clock.
    stopping = threading.Thread(target=stop)
    stopping.start()
    said, seconds = function.invoke(create(function.bucket.origin, "Agents"))
    stopping.join()
    assert "Task timed out after 3.00 seconds" in said
    assert seconds >= function.timeout
    assert function.answers() == []
    assert served(function, "After") != process
