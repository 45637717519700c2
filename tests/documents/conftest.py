"""One engine for all tests: MiniStack is CloudFormation and Lambda, the emulator is Connect.

The programs are named by the environment variables BOOTSTRAP, CONNECT_EMULATOR and CONNECT_PROFILES, cfn-lint by CFN_LINT,
the folder with the built constructs by CDK, and a Python that has the CDK by CDK_PYTHON.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack_engine import INSTANCE_ID, Engine, EngineError
from synthesis import Synthesis, start


def named(name: str) -> Path:
    """What an environment variable names."""
    if not os.environ.get(name):
        pytest.exit(f"set {name}, as `make test-documents` does", returncode=1)
    return Path(os.environ[name]).absolute()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine, with the provider deployed under the name that the documents give it."""
    try:
        with Engine(named("BOOTSTRAP"), named("CONNECT_EMULATOR")) as running:
            running.deploy_provider()
            yield running
    except EngineError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session", autouse=True)
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesis]:
    """The synthesis of the CDK's apps, started before the first test."""
    started = start(named("CDK"), named("CDK_PYTHON"), tmp_path_factory.mktemp("cdk"))
    yield started
    for process in started.processes:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def _as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test leaves, such as a profile that is to be retained, is gone before the next."""
    if "engine" not in request.fixturenames:
        yield
        return
    engine: Engine = request.getfixturevalue("engine")
    before = engine.profiles()
    yield
    for name, profile in engine.profiles().items():
        if name not in before:
            call = {"InstanceId": INSTANCE_ID, "SecurityProfileId": profile["Id"]}
            engine.client("connect").delete_security_profile(**call)
        elif profile != before[name]:
            engine.seed(before[name])
