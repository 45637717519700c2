"""One engine for all tests: MiniStack is CloudFormation and Lambda, the emulator is Connect.

The programs are named by the environment variables BOOTSTRAP and CONNECT_EMULATOR.
Where CONNECT_JOURNALS names a folder, the calls that reached Connect are left there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack import Stack
from stack_engine import Engine, EngineError, Outcome


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The one engine of all tests."""
    try:
        bootstrap, emulator = (Path(os.environ[name]) for name in ("BOOTSTRAP", "CONNECT_EMULATOR"))
    except KeyError as name:
        pytest.exit(f"set {name.args[0]} to the built program", returncode=1)
    try:
        with Engine(bootstrap, emulator) as running:
            yield running
            running.keep_journal("stacks")
    except EngineError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def provider(engine: Engine) -> Outcome:
    """The deployed `template.yaml`."""
    return engine.deploy_provider()


@pytest.fixture
def stack(engine: Engine, provider: Outcome, request: pytest.FixtureRequest) -> Stack:
    """A stack named after the test."""
    name = re.sub(r"[^a-z]+", "-", request.node.name)[5:80].strip("-")
    return Stack(engine, provider.outputs["ServiceToken"], name, prefix=name)
