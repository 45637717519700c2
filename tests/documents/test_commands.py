"""Each command that the documents show can be given: the tool has it, its options, and the files that it names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache

import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel
from botocore.session import Session
from commands import OPTIONS, Command, commands
from conftest import named
from documents import GENERATED, ROOT, blocks, documents, prose
from samtranslator.yaml_helper import yaml_parse
from stack_engine import Engine

GLOBAL = {"--region", "--query", "--output", "--endpoint-url", "--profile"}

# Why a program's commands are checked and not run. `sed` and `connect-profiles` are run, and what `make up` prints is checked below.
NOT_RUN = {
    "cargo": "builds for minutes",
    "aws": "wants an account; locally `deploy` alone looks every thirty seconds whether it is done",
    "cd": "is a step of others",
    "cfn-lint": "is run over every template by another test",
    "make": "builds for minutes, or runs these tests",
    "npm": "installs for a minute",
    "npx": "wants an account; what its apps synthesize is deployed by another test",
    "pip": "installs for a minute",
    "sam": "wants an account, and takes ten seconds locally",
    "terraform": "wants a provider of a hundred megabytes",
}

COMMANDS = [command for block in blocks("sh") for command in commands(block)]


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_each_command_can_be_given(command: Command) -> None:
    check = CHECKS.get(command.words[0])
    assert check is not None, "the test does not know this program"
    check(command)
    for option in ("--template-file", "-t", "--template"):
        if file := command.options.get(option):
            assert is_there(command, file.split()[0]), f"{file} is neither in the project nor made on this page"
    for pair in re.findall(r"(\w+)=", command.options.get("--parameter-overrides", "")):
        assert pair in parameters(command), f"the template has no parameter {pair}"


def make(command: Command) -> None:
    for target in command.words[1:]:
        name, is_variable, value = target.partition("=")
        if name == "ARCHITECTURE":
            assert f"TARGET_{value} " in text("Makefile"), target
        elif not is_variable:
            assert re.search(rf"^{re.escape(target)}:", text("Makefile"), re.MULTILINE), target


def aws(command: Command) -> None:
    service, operation = command.words[1:3]
    if command.name in OPTIONS:
        known(command)
        return
    model = service_model(service)
    if operation == "wait":
        waiters = Session().get_waiter_model(service)
        names = {xform_name(name, "-"): name for name in waiters.waiter_names}
        assert command.words[3] in names
        operation = xform_name(waiters.get_waiter(names[command.words[3]]).operation, "-")
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names
    shape = model.operation_model(names[operation]).input_shape
    members = {f"--{xform_name(name, '-')}" for name in shape.members}
    assert set(command.options) <= members | GLOBAL
    missing = {f"--{xform_name(name, '-')}" for name in shape.required_members} - set(command.options)
    assert not missing
    if query := command.options.get("--query"):
        jmespath.compile(query)


@cache
def service_model(service: str) -> ServiceModel:
    """What botocore, and so the AWS CLI, knows of a service."""
    try:
        return Session().get_service_model(service)
    except UnknownServiceError:
        pytest.fail(f"no service `{service}`")


def known(command: Command) -> None:
    assert command.name in OPTIONS, f"`{command.name}` is not among the commands that are known"
    # The tool's own options may stand behind each of its commands.
    allowed = f"{OPTIONS[command.name]} {OPTIONS.get(command.name.split()[0], '')}"
    assert set(command.options) <= set(allowed.split())


def npx(command: Command) -> None:
    if "@" in command.words[1]:
        assert command.words[1] == f"aws-cdk@{package()['devDependencies']['aws-cdk']}"
    known(command)


def npm(command: Command) -> None:
    if command.words[1] == "run":
        assert command.words[2] in package()["scripts"]
    elif command.words[1] == "install":
        stated = [word for word in command.words if "@" in word]
        file = f"source/cdk/dist/js/{package()['name']}@{package()['version']}.jsii.tgz"
        assert stated in ([file], [f"aws-cdk@{package()['devDependencies']['aws-cdk']}", file])
    else:
        assert command.words[1] == "ci"
        assert (ROOT / "cdk/package-lock.json").exists()


def pip(command: Command) -> None:
    name = package()["jsii"]["targets"]["python"]["distName"].replace("-", "_")
    assert command.words[2:] == (f"source/cdk/dist/python/{name}-{package()['version']}-py3-none-any.whl",)


def folder(command: Command) -> None:
    assert (ROOT / command.words[1]).is_dir() or (ROOT / "cdk" / command.words[1]).is_dir()


def sed(command: Command) -> None:
    """Is run: it changes one line, to what `make release` leaves."""
    done = subprocess.run(command.words, cwd=ROOT, capture_output=True, text=True, check=True)
    before, after = text("template.yaml").splitlines(), done.stdout.splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    target = "x86_64-unknown-linux-gnu"
    assert changed == [f"      CodeUri: target/{target}/release/bootstrap"]
    assert f"TARGET_x86_64 := {target}\n" in text("Makefile")


def connect_profiles(command: Command) -> None:
    """Is run, where it asks nothing of AWS: it does what it is shown to do."""
    program = named("CONNECT_PROFILES")
    is_local = "--local" in command.words or command.words[1] in {"validate", "permissions", "policy"}
    words = command.words[1:] if is_local else (command.words[1], "--help")
    done = subprocess.run((program, *words), cwd=ROOT, capture_output=True, text=True, timeout=60)
    # Two is `plan` and `drift` saying that there are changes.
    assert done.returncode in (0, 2), done.stderr
    assert is_local or set(command.options) <= set(re.findall(r"--[a-z-]+", done.stdout))


def cargo(command: Command) -> None:
    assert command.words[1:3] == ("install", "--locked")
    assert (ROOT / command.options["--path"] / "Cargo.toml").exists()


CHECKS = {
    "connect-profiles": connect_profiles,
    "cargo": cargo,
    "make": make,
    "aws": aws,
    "sam": known,
    "cfn-lint": known,
    "terraform": known,
    "npx": npx,
    "npm": npm,
    "pip": pip,
    "cd": folder,
    "sed": sed,
}


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def package() -> dict:
    return json.loads(text("cdk/package.json"))


def is_there(command: Command, file: str) -> bool:
    """Whether the file is in the project, or the page has had it made before."""
    here = [it for it in COMMANDS if it.block.document == command.block.document]
    before = [it for it in here if it.block.line <= command.block.line]
    made = {it.output for it in before} | {it.options.get("--output-template-file") for it in before}
    told = re.findall(r"`([\w.-]+)`", documents()[command.block.document])
    return (ROOT / file).exists() or file in made or file in told or command.block.document in GENERATED


def parameters(command: Command) -> set[str]:
    """The parameters of the template that a command deploys."""
    file = command.options.get("--template-file") or command.options.get("-t") or "packaged.yaml"
    if file == "packaged.yaml":
        return set(yaml_parse(text("template.yaml"))["Parameters"])
    if (ROOT / file).exists():
        return set(yaml_parse(text(file))["Parameters"])
    [shown] = [block for block in blocks("yaml") if block.document == command.block.document]
    return set(yaml_parse(shown.text)["Parameters"])


def tools() -> dict[str, list[str]]:
    """The tools that are installed, each with what asks a command of it for help."""
    found = {"cdk": [str(named("CDK") / "node_modules/.bin/cdk")], "cfn-lint": [str(named("CFN_LINT"))]}
    for name, variable in (("sam", "SAM"), ("terraform", "TERRAFORM")):
        if program := os.environ.get(variable) or shutil.which(name):
            found[name] = [program]
    return found


@pytest.mark.parametrize("document", documents())
def test_each_command_that_the_text_names_is_there(document: str) -> None:
    targets = set(re.findall(r"^([a-z+-]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z+-]+)", prose(document))) <= targets
    subcommands = {path.stem for path in (ROOT / "crates/connect-profiles/src/commands").glob("*.rs")}
    assert set(re.findall(r"`connect-profiles ([a-z]+)", prose(document))) <= subcommands


def test_the_tools_that_are_installed_have_the_options() -> None:
    installed = tools()
    asked = {}
    for name, options in OPTIONS.items():
        tool, *rest = name.split()
        # A command without options of its own is looked for in the tool's help, which takes one run for all of them.
        if tool in installed and (options or not rest or tool == "terraform"):
            asked[name] = ask([*installed[tool], *rest, "-help" if tool == "terraform" else "--help"])
    helps = {name: said(process) for name, process in asked.items()}
    assert {"cdk", "cdk deploy", "cfn-lint"} <= set(helps)
    for name, options in OPTIONS.items():
        tool, *rest = name.split()
        if tool in installed:
            wanted = options.split() if name in helps else rest
            text = helps.get(name) or helps[tool]
            missing = [word for word in wanted if not re.search(rf"(?<![\w-]){word}(?![\w-])", text)]
            assert not missing, name


def ask(command: list[str]) -> subprocess.Popen[str]:
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "COLUMNS": "200", "CHECKPOINT_DISABLE": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def said(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    return output


def test_what_up_prints_is_what_the_documents_say(engine: Engine) -> None:
    import up

    welcome = up.welcome(engine, engine.create("token", provider_output(engine)))
    exported = dict(pair.split("=", 1) for pair in re.findall(r"(AWS_\w+=\S+)", welcome))
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert set(exported) == keys | {"AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_CONNECT"}
    assert len(re.findall(r"^ +export ", welcome, re.MULTILINE)) == 3
    instance = "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555"
    assert f"InstanceArn={instance}" in welcome
    for page in ("cloudformation", "sam"):
        told = documents()[f"docs/getting-started-{page}.md"]
        assert "three lines" in told
        assert f"`{instance}`" in told
    engine.delete("token")


def provider_output(engine: Engine) -> str:
    """A template that only says what the provider's stack exports."""
    lookup = {
        "Type": "Custom::ConnectSecurityProfileLookup",
        "Properties": {
            "ServiceToken": {"Fn::ImportValue": "connect-profiles-ServiceToken"},
            "InstanceArn": "arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-3333-4444-555555555555",
            "SecurityProfileName": "Agent",
        },
    }
    token = {"Value": {"Fn::ImportValue": "connect-profiles-ServiceToken"}}
    return json.dumps({"Resources": {"Agent": lookup}, "Outputs": {"ServiceToken": token}})


def test_each_program_is_run_or_said_not_to_be() -> None:
    assert set(CHECKS) - {"sed", "connect-profiles"} == set(NOT_RUN)
    assert {command.words[0] for command in COMMANDS} <= set(CHECKS)
