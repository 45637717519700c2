"""One engine for all tests: MiniStack is CloudFormation and Lambda, the emulator is Connect.

The programs are named by the environment variables BOOTSTRAP and CONNECT_EMULATOR, the Python that has the CDK by CDK_PYTHON.
Where CONNECT_JOURNALS names a folder, the calls that reached Connect are left there.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from answers import Answers
from stack_engine import BUCKET, INSTANCE_ARN, REGION, Engine, EngineError

CDK = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("CDK_PYTHON", "python3")).absolute().parent
Json = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What an app was synthesized to."""

    folder: Path

    def template(self, stack: str) -> Json:
        """The template of a stack."""
        return json.loads((self.folder / f"{stack}.template.json").read_text(encoding="utf-8"))

    def templates(self) -> list[Path]:
        """All templates."""
        return sorted(self.folder.glob("*.template.json"))


@dataclass(frozen=True)
class Toolkit:
    """The CDK's command line, with the engine in the place of AWS."""

    engine: Engine
    answers: Answers
    package: Path

    def start(self, *arguments: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
        """Starts a command in an app's folder."""
        nowhere = str(self.package.parent / "none")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ENDPOINT_URL": self.engine.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_HOME": str(self.package.parent),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(PYTHON.parent / "jsii"),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        context = {
            "instanceArn": INSTANCE_ARN,
            "provider": str(self.package),
            "connect": self.engine.connect_url,
            "engine": self.engine.url,
            "answers": self.answers.url,
        }
        command = [str(CDK / "node_modules/.bin/cdk"), "--no-notices", "--version-reporting=false", *arguments]
        for name, value in context.items():
            command += ["--context", f"{name}={value}"]
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def said(process: subprocess.Popen[str]) -> str:
    """What a command said that must have succeeded."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The one engine of all tests."""
    try:
        bootstrap, emulator = (Path(os.environ[name]) for name in ("BOOTSTRAP", "CONNECT_EMULATOR"))
    except KeyError as name:
        pytest.exit(f"set {name.args[0]} to the built program", returncode=1)
    try:
        with Engine(bootstrap, emulator) as running:
            running.client("s3").create_bucket(Bucket=BUCKET)
            yield running
            running.keep_journal("cdk")
    except EngineError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def answers() -> Iterator[Answers]:
    """Where answers go that no stack waits for."""
    with Answers() as running:
        yield running


@pytest.fixture(scope="session")
def toolkit(engine: Engine, answers: Answers, tmp_path_factory: pytest.TempPathFactory) -> Toolkit:
    """The command line, and the function's package."""
    package = tmp_path_factory.mktemp("package") / "provider.zip"
    with zipfile.ZipFile(package, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, engine.bootstrap.read_bytes())
    return Toolkit(engine, answers, package)


@pytest.fixture(scope="session")
def assemblies(toolkit: Toolkit, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assembly]:
    """The app of the tests and both examples, synthesized side by side, once."""
    apps = {
        "tests": (CDK / "test/stacks", {}),
        "typescript": (CDK / "examples/typescript", {}),
        "python": (
            CDK / "examples/python",
            {"PYTHONPATH": str(CDK / "dist/code/python/src"), "PATH": f"{PYTHON}:{os.environ['PATH']}"},
        ),
    }
    folders = {name: tmp_path_factory.mktemp(name) / "cdk.out" for name in apps}
    running = {
        name: toolkit.start("synth", "--quiet", "--output", str(folders[name]), folder=folder, **variables)
        for name, (folder, variables) in apps.items()
    }
    for process in running.values():
        said(process)
    return {name: Assembly(folder) for name, folder in folders.items()}


@pytest.fixture(scope="session")
def deployed(engine: Engine, toolkit: Toolkit, assemblies: dict[str, Assembly]) -> Json:
    """The provider and the contact centre, by `cdk deploy`: the profiles as they were before."""
    before = engine.profiles()
    how = ("--method=direct", "--require-approval", "never")
    for stack in ("Provider", "Centre"):
        deploying = ("deploy", stack, "--exclusively", *how)
        said(toolkit.start("--app", str(assemblies["tests"].folder), *deploying, folder=CDK))
        if stack == "Provider":
            engine.run_under(stack, role_of(engine, "cdk-provider"))
    return before


def role_of(engine: Engine, stack: str) -> str:
    """The role of the provider's function."""
    resources = engine.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    [function] = [it for it in resources if it["PhysicalResourceId"] == "connect-profiles-provider"]
    found = engine.client("lambda").get_function_configuration(FunctionName=function["PhysicalResourceId"])
    return found["Role"].rpartition("/")[2]
