"""One engine for all tests: MiniStack is CloudFormation and Lambda, the emulator is Connect.

The programs are named by the environment variables BOOTSTRAP and CONNECT_EMULATOR, cfn-lint by CFN_LINT, the folder with the
built constructs by CDK, and the Python that has the CDK by CDK_PYTHON.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack_engine import Engine, EngineError


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


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test leaves, such as a profile that is to be retained, is gone before the next."""
    yield
    if "engine" not in request.fixturenames:
        return
    engine: Engine = request.getfixturevalue("engine")
    for name, profile in engine.profiles().items():
        if name not in {"Admin", "Agent", "CallCenterManager", "QualityAnalyst"}:
            instance = profile.get("InstanceId") or "11111111-2222-3333-4444-555555555555"
            engine.client("connect").delete_security_profile(InstanceId=instance, SecurityProfileId=profile["Id"])
