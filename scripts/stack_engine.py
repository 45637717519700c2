"""CloudFormation and Lambda on this machine, with the embedded Connect behind them.

Owns the two processes, MiniStack and the emulator, and what a stack operation did: events, log, calls. Knows
nothing of any particular stack, except how the project's own `template.yaml` is packaged and deployed.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import errno
import http.client
import importlib.util
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "000000000000"
REGION = "us-east-1"
INSTANCE_ID = "11111111-2222-3333-4444-555555555555"
INSTANCE_ARN = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE_ID}"
# A second instance, in another region of the same account.
OTHER_REGION = "eu-west-2"
OTHER_INSTANCE_ID = "22222222-3333-4444-5555-666666666666"
OTHER_INSTANCE_ARN = f"arn:aws:connect:{OTHER_REGION}:{ACCOUNT}:instance/{OTHER_INSTANCE_ID}"
PROVIDER_STACK = "connect-profiles"
BUCKET = "packages"
# MiniStack gives a function its account's number as the access key.
FUNCTION_KEY = "000000000000:test"

START_SECONDS = 30
STOP_SECONDS = 2
OPERATION_SECONDS = 90

Json = dict[str, Any]
Answer = TypeVar("Answer")


class EngineError(Exception):
    """What the person who started this can put right, in one sentence."""


class Stopped(KeyboardInterrupt):
    """A signal asked for the end. A KeyboardInterrupt, so that pytest too winds up in order."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    logical_id: str
    resource_type: str
    status: str
    reason: str
    physical_id: str


@dataclass(frozen=True)
class Outcome:
    """What one operation on a stack did."""

    status: str
    events: list[Event]
    outputs: dict[str, str]
    #: What the function logged, one object a line.
    log: list[Json]
    #: The calls that reached Connect, as its journal has them.
    calls: list[Json]
    seconds: float

    @property
    def plans(self) -> list[tuple[str, str]]:
        """The plans that the function logged before it acted, each with its logical id."""
        lines = [line for line in self.log if line.get("message") == "plan"]
        return [(line["span"]["logical_id"], line["plan"]) for line in lines]

    @property
    def writes(self) -> list[str]:
        """The operations that would change something, in order."""
        return [call["operation"] for call in self.calls if call["method"] != "GET"]

    @property
    def refused(self) -> list[str]:
        """Those of the writes that Connect refused, in order."""
        return [call["operation"] for call in self.calls if call["method"] != "GET" and call["status"] >= 300]


@dataclass
class Engine:
    """The running engine. Use it with `with`: whatever happens, nothing stays behind."""

    bootstrap: Path
    emulator: Path
    port: int = 0
    connect_url: str = field(init=False, default="")
    url: str = field(init=False, default="")
    _folder: Path = field(init=False)
    _processes: list[subprocess.Popen[bytes]] = field(init=False, default_factory=list)
    _handlers: dict[int, Any] = field(init=False, default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(init=False, default_factory=dict)
    _held: int | None = field(init=False, default=None)
    _holding: bool = field(init=False, default=False)
    _calls_seen: int = field(init=False, default=0)
    _streams_seen: set[str] = field(init=False, default_factory=set)
    #: The roles of the providers that are deployed, by their stacks.
    _roles: dict[str, str] = field(init=False, default_factory=dict)
    #: The policies by which Connect authorises the functions.
    authorised: list[Json] = field(init=False, default_factory=list)

    def __enter__(self) -> Engine:
        check_tools(self.bootstrap, self.emulator)
        _check_port(self.port)
        atexit.register(self.stop)
        try:
            self._catch_signals()
            with self._signals_held():
                self._folder = Path(tempfile.mkdtemp(prefix="stack-engine-"))
            self._start_emulator()
            self._start_ministack()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Processes

    def stop(self) -> None:
        """Ends both processes with all their children and removes their files. No signal cuts it short."""
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self._processes):
            _end(process)
        self._processes.clear()
        if hasattr(self, "_folder"):
            shutil.rmtree(self._folder, ignore_errors=True)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def _catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self._holding:
            self._held = number
        else:
            raise Stopped(number)

    @contextlib.contextmanager
    def _signals_held(self) -> Iterator[None]:
        """Keeps a signal from coming between the start of something and the note that it must be ended."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._held is not None:
            number, self._held = self._held, None
            raise Stopped(number)

    def _spawn(self, command: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._signals_held(), log.open("wb") as output:
            # A session of its own: Ctrl-C at a terminal reaches us alone, and its children can be ended too.
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self._folder,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                raise EngineError(f"`{command[0]}` cannot be started: {error.strerror}") from error
            self._processes.append(process)
        return process

    def _start_emulator(self) -> None:
        log = self._folder / "emulator.log"
        command = [str(self.emulator.resolve()), "--port", "0", "--account", ACCOUNT, "--key", FUNCTION_KEY]
        for region, instance in ((REGION, INSTANCE_ID), (OTHER_REGION, OTHER_INSTANCE_ID)):
            command += ["--instance", f"{region}:{instance}"]
        process = self._spawn(command, log, self._environment())

        def endpoint() -> str | None:
            found = re.search(r"^listening on (\S+)$", _text(log), re.MULTILINE)
            return found and found[1]

        self.connect_url = self._wait_for("the embedded Connect", process, log, endpoint)
        self._authorise()

    def _start_ministack(self) -> None:
        port = self.port or _free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = self._environment() | {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "SERVICES": "cloudformation,iam,lambda,logs,s3,sns,ssm,sts",
            # It would stop containers and listen on more ports; nothing here needs either.
            "DOCKER_HOST": f"unix://{self._folder}/none.sock",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }
        process = self._spawn([sys.executable, "-m", "ministack"], self._log, environment)

        def healthy() -> bool:
            try:
                return _get(f"{self.url}/_ministack/health")[0] == 200
            except EngineError:
                return False

        self._wait_for("MiniStack", process, self._log, healthy)

    @property
    def _log(self) -> Path:
        return self._folder / "ministack.log"

    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's AWS settings or proxies; everything temporary in our folder."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        nowhere = str(self._folder / "none")
        return kept | {
            "TMPDIR": str(self._folder),
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        }

    def _wait_for(
        self, name: str, process: subprocess.Popen[bytes], log: Path, answer: Callable[[], Answer | None]
    ) -> Answer:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if found := answer():
                return found
            if process.poll() is not None:
                raise EngineError(f"{name} ended at once (code {process.returncode}): {_last_words(log)}")
            time.sleep(0.02)
        raise EngineError(f"{name} does not answer after {START_SECONDS} s: {_last_words(log)}")

    # Connect, as it truly is

    def journal(self) -> str:
        """Every call that reached Connect so far, as JSON lines."""
        return _get(f"{self.connect_url}/_emulator/journal")[1]

    def keep_journal(self, name: str) -> None:
        """Leaves the calls where they are checked against the service's own model, if CONNECT_JOURNALS names a folder."""
        if folder := os.environ.get("CONNECT_JOURNALS"):
            (Path(folder) / f"{name}-{os.getpid()}.jsonl").write_text(self.journal(), encoding="utf-8")

    def profiles(self, instance: str = INSTANCE_ID) -> dict[str, Json]:
        """The profiles of an instance by name, with everything in them."""
        instances = json.loads(_get(f"{self.connect_url}/_emulator/profiles")[1])
        return {profile["SecurityProfileName"]: profile for profile in instances[instance]}

    def seed(self, profile: Json) -> None:
        """Makes a profile, or changes the one with its `Id`, as a person could in the console."""
        self._control("PUT", "profiles", {"instance": INSTANCE_ID, "profiles": [profile]})

    def fail_next(self, operation: str, status: int, code: str) -> None:
        """Has the next call of an operation fail without effect."""
        action = {"error": {"status": status, "code": code}}
        self._control("POST", "faults", {"operation": operation, "action": action})

    def run_under(self, stack: str, role: str) -> None:
        """Has Connect authorise the functions by the policies of this role, as CloudFormation made it for that stack.

        Every function has the same key here, so it is the role of the provider that was deployed last."""
        self._roles.pop(stack, None)
        self._roles[stack] = role
        self._authorise()

    def _authorise(self) -> None:
        # Without a provider a function may do nothing.
        self.authorised = self.policies(list(self._roles.values())[-1]) if self._roles else []
        key = FUNCTION_KEY.partition(":")[0]
        self._control("PUT", "policies", {"key": key, "policies": self.authorised})

    def policies(self, role: str) -> list[Json]:
        """The documents of a role's policies."""
        iam = self.client("iam")
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]

    def _control(self, method: str, name: str, body: Json) -> None:
        status, text = _request(method, f"{self.connect_url}/_emulator/{name}", json.dumps(body))
        if status >= 300:
            raise EngineError(f"the emulator refuses {method} {name}: {text.strip()}")

    # Stacks

    def deploy_provider(
        self, name: str = PROVIDER_STACK, instances: str = INSTANCE_ARN, **parameters: str
    ) -> Outcome:
        """Packages and deploys `template.yaml`, as it stands, with the built binary."""
        arguments = self._provider_parameters(instances) | parameters
        return self._under_its_role(name, self.create(name, self._provider_template(), **arguments))

    def update_provider(self, name: str, instances: str = INSTANCE_ARN, **parameters: str) -> Outcome:
        """Deploys `template.yaml` to an existing stack. Parameters that are not given fall back to their defaults."""
        arguments = self._provider_parameters(instances) | parameters
        return self._under_its_role(name, self.update(name, self._provider_template(), **arguments))

    def _under_its_role(self, name: str, provider: Outcome) -> Outcome:
        if role := provider.outputs.get("ProviderRoleArn"):
            self.run_under(name, role.rpartition("/")[2])
        return provider

    def _provider_template(self) -> str:
        location = self._upload_package()
        template, count = re.subn(r"(?m)^( +CodeUri:) \.$", rf"\1 {location}", _text(ROOT / "template.yaml"))
        if count != 1:
            raise EngineError("`template.yaml` must have exactly one line `CodeUri: .` to package")
        return template

    def _provider_parameters(self, instances: str) -> dict[str, str]:
        return {
            "InstanceArns": instances,
            "ConnectEndpointUrl": self.connect_url,
            "ResponseUrlAllowedOrigins": self.url,
        }

    def _upload_package(self) -> str:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, self.bootstrap.read_bytes())
        store = self.client("s3")
        store.create_bucket(Bucket=BUCKET)
        store.put_object(Bucket=BUCKET, Key="provider.zip", Body=package.getvalue())
        return f"s3://{BUCKET}/provider.zip"

    def create(self, name: str, template: str, **parameters: str) -> Outcome:
        """Creates a stack and waits."""
        return self._operate(name, "create_stack", template, parameters)

    def update(self, name: str, template: str, **parameters: str) -> Outcome:
        """Updates a stack and waits. Parameters that are not given fall back to their defaults."""
        return self._operate(name, "update_stack", template, parameters)

    def delete(self, name: str) -> Outcome:
        """Deletes a stack and waits."""
        outcome = self._operate(name, "delete_stack", None, {})
        if outcome.status == "DELETE_COMPLETE" and self._roles.pop(name, None):
            self._authorise()
        return outcome

    def _operate(self, name: str, action: str, template: str | None, parameters: dict[str, str]) -> Outcome:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._operate_and_wait(name, action, template, parameters)
        except (BotoCoreError, ClientError, OSError) as error:
            raise EngineError(f"{action} of `{name}`: {error}") from error

    def _operate_and_wait(
        self, name: str, action: str, template: str | None, parameters: dict[str, str]
    ) -> Outcome:
        cloudformation = self.client("cloudformation")
        arguments: Json = {}
        if template is not None:
            arguments = {
                "TemplateBody": template,
                "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
                "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            }
        begin = time.monotonic()
        # By its id, because a deleted stack can no longer be found by its name.
        if action == "create_stack":
            stack_id, before = cloudformation.create_stack(StackName=name, **arguments)["StackId"], 0
        else:
            stack_id = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
            before = len(self.events(stack_id))
            getattr(cloudformation, action)(StackName=name, **arguments)
        stack = self._wait_for_stack(stack_id)
        seconds = time.monotonic() - begin
        return Outcome(
            status=stack["StackStatus"],
            events=self.events(stack_id)[before:],
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            log=self._new_log(),
            calls=self._new_calls(),
            seconds=seconds,
        )

    def invoke(self, event: Json) -> tuple[list[Json], list[Json]]:
        """Gives the provider's function an event: what it logged, and the calls that reached Connect."""
        function = f"{PROVIDER_STACK}-provider"
        self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        return self._new_log(), self._new_calls()

    def _wait_for_stack(self, stack_id: str) -> Json:
        deadline = time.monotonic() + OPERATION_SECONDS
        while True:
            stack: Json = self.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return stack
            # MiniStack goes on waiting for an answer that can no longer come.
            if crash := re.search(
                r"runtime execution error for \S+ (.+(?:\n(?!\d{4}-).+)*)", _text(self._log)
            ):
                raise EngineError(f"the function does not run: {crash[1]}")
            if time.monotonic() > deadline:
                raise EngineError(f"{stack_id} is still {stack['StackStatus']} after {OPERATION_SECONDS} s")
            time.sleep(0.05)

    def events(self, stack_id: str) -> list[Event]:
        """A stack's events, oldest first."""
        pages = (
            self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_id)
        )
        events = [
            Event(
                logical_id=event["LogicalResourceId"],
                resource_type=event["ResourceType"],
                status=event["ResourceStatus"],
                reason=event.get("ResourceStatusReason", ""),
                physical_id=event.get("PhysicalResourceId", ""),
            )
            for page in pages
            for event in page["StackEvents"]
        ]
        return events[::-1]

    def _new_calls(self) -> list[Json]:
        calls = [json.loads(line) for line in self.journal().splitlines()]
        fresh, self._calls_seen = calls[self._calls_seen :], len(calls)
        return fresh

    def _new_log(self) -> list[Json]:
        return self.new_log(PROVIDER_STACK)

    def new_log(self, provider: str) -> list[Json]:
        """What a provider logged in the streams that are new: MiniStack opens one for each invocation."""
        logs = self.client("logs")
        group = f"/aws/lambda/{provider}-provider"
        try:
            pages = list(logs.get_paginator("describe_log_streams").paginate(logGroupName=group))
        except logs.exceptions.ResourceNotFoundException:
            return []
        streams = [stream for page in pages for stream in page["logStreams"]]
        fresh = [stream for stream in streams if stream["logStreamName"] not in self._streams_seen]
        lines: list[Json] = []
        for stream in sorted(fresh, key=lambda stream: stream["creationTime"]):
            name = stream["logStreamName"]
            self._streams_seen.add(name)
            events = logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True)["events"]
            read = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
            # Metrics stand between the lines of the log.
            lines += [line for line in read if "message" in line]
        return lines

    def client(self, service: str, account: str = ACCOUNT) -> Any:
        """A boto3 client of MiniStack's, or of Connect, whatever AWS settings and proxies the caller has."""
        if (service, account) not in self._clients:
            import boto3
            from botocore.config import Config
            from botocore.session import Session

            nowhere = str(self._folder / "none")
            ignored = {
                "profile": (None, None, None, None),
                "config_file": (None, None, nowhere, None),
                "credentials_file": (None, None, nowhere, None),
            }
            session = boto3.Session(botocore_session=Session(session_vars=ignored), region_name=REGION)
            self._clients[service, account] = session.client(
                service,
                endpoint_url=self.connect_url if service == "connect" else self.url,
                # MiniStack takes an account's number as a key of that account.
                aws_access_key_id="test" if account == ACCOUNT else account,
                aws_secret_access_key="test",
                config=Config(proxies={}, retries={"total_max_attempts": 1}, read_timeout=OPERATION_SECONDS),
            )
        return self._clients[service, account]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a program that starts an engine is told."""
    parser.add_argument("--bootstrap", type=Path, required=True, help="the built Lambda")
    parser.add_argument("--emulator", type=Path, required=True, help="the built connect-emulator")
    parser.add_argument(
        "--port", type=int, default=0, help="CloudFormation's port; 0, the default, takes any free one"
    )


def check_tools(bootstrap: Path, emulator: Path) -> None:
    """Raises an EngineError for what is not installed or not built."""
    wanted = {"ministack": "MiniStack", "samtranslator": "MiniStack's extra `full`", "boto3": "boto3"}
    for module, name in wanted.items():
        if importlib.util.find_spec(module) is None:
            raise EngineError(
                f"{name} is not installed for {sys.executable}: run "
                f"`{sys.executable} -m pip install -r tests/stacks/requirements.txt`"
            )
    for path, package in ((bootstrap, "connect-security-profile"), (emulator, "connect-emulator")):
        if not os.access(path, os.X_OK) or path.is_dir():
            raise EngineError(f"there is no program `{path}`: build it with `cargo build -p {package}`")


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            why = "is in use" if in_use else f"cannot be used ({error})"
            raise EngineError(f"port {port} {why}: choose another, or 0 for any free one") from error


def _free_port() -> int:
    """One below those that the system gives to connections: any of these may be taken before it is listened on."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _get(url: str) -> tuple[int, str]:
    return _request("GET", url)


def _request(method: str, url: str, body: str | None = None) -> tuple[int, str]:
    """One request, past every proxy: the status and the text."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, f"/{path}", body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        raise EngineError(f"{url} does not answer: {error}") from error
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks a process to end, then kills what is left of it and of its children."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _last_words(log: Path) -> str:
    lines = _text(log).strip().splitlines()
    return lines[-1] if lines else "it said nothing"
