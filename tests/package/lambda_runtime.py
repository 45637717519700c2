"""The function in AWS's own Runtime Interface Emulator, with the embedded Connect and a bucket for its answers around it."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from queue import Queue
from typing import Any, TypeVar

Json = dict[str, Any]
Found = TypeVar("Found")

# Where the Runtime Interface Emulator says that the function is.
ACCOUNT = "012345678912"
INSTANCE_ID = "11111111-2222-3333-4444-555555555555"
INSTANCE = f"arn:aws:connect:us-east-1:{ACCOUNT}:instance/{INSTANCE_ID}"
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/contact-centre/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4"
PATIENCE = 20


class Bucket:
    """Takes answers, or, where a key begins with `stalled`, takes the request and says nothing."""

    def __init__(self) -> None:
        self.answers: Queue[tuple[float, Json]] = Queue()
        self.end = threading.Event()
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.startswith("/stalled"):
                    bucket.end.wait()
                    return
                bucket.answers.put((time.monotonic(), json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: the test says what went wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.end.set()
        self._server.shutdown()
        self._server.server_close()


class Connect:
    """The embedded Connect, as a process."""

    def __init__(self) -> None:
        command = [os.environ["CONNECT_EMULATOR"], "--port", "0", "--account", ACCOUNT, "--instance", INSTANCE_ID]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.endpoint = self._process.stdout.readline().strip().removeprefix("listening on ")

    def hang_at(self, operation: str) -> None:
        """Has the next call of an operation wait for an hour."""
        self._control("POST", "faults", {"operation": operation, "delay_ms": 3_600_000})

    def calls(self) -> list[str]:
        """The operations called so far."""
        return [json.loads(line)["operation"] for line in self._control("GET", "journal").splitlines()]

    def profiles(self) -> set[str]:
        """The names of the instance's profiles."""
        return {it["SecurityProfileName"] for it in json.loads(self._control("GET", "profiles"))[INSTANCE_ID]}

    def _control(self, method: str, path: str, body: Json | None = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_emulator/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


class Lambda:
    """One function, with `timeout` seconds for each event. Use it with `with`."""

    def __init__(self, bootstrap: Path, folder: Path, timeout: int) -> None:
        self.timeout = timeout
        self._bootstrap, self._log = bootstrap, folder / "log"
        self._around = ExitStack()

    def __enter__(self) -> Lambda:
        try:
            self.bucket, self.connect = Bucket(), Connect()
            self._around.callback(self.bucket.stop)
            self._around.callback(self.connect.stop)
            self._start()
        except BaseException:
            self._around.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._around.close()

    def _start(self) -> None:
        gateway, runtime_api = free_ports(2)
        found = find_spec("samcli")
        assert found and found.origin
        machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
        emulator = Path(found.origin).parent / f"local/rapid/aws-lambda-rie-{machine}"
        # As it comes in the package it may not be run.
        program = self._log.with_name("aws-lambda-rie")
        program.write_bytes(emulator.read_bytes())
        program.chmod(0o755)
        command = [program, "--log-level", "info", "--runtime-interface-emulator-address", f"127.0.0.1:{gateway}"]
        command += ["--runtime-api-address", f"127.0.0.1:{runtime_api}", self._bootstrap]
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_NAME": "provider",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.timeout),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL_CONNECT": self.connect.endpoint,
            "RESPONSE_URL_ALLOWED_ORIGINS": self.bucket.origin,
        }
        self._url = f"http://127.0.0.1:{gateway}/2015-03-31/functions/function/invocations"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._around.callback(self._stop)
        soon(lambda: is_open(gateway), "the Runtime Interface Emulator listens")

    def _stop(self) -> None:
        for process in self.processes():
            os.kill(process, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def invoke(self, event: Json) -> tuple[str, float]:
        """Delivers an event: what the function, or the emulator in its place, said, and after how many seconds."""
        began = time.monotonic()
        request = urllib.request.Request(self._url, data=json.dumps(event).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                said = response.read().decode()
        except urllib.error.HTTPError as error:
            said = error.read().decode()
        return said, time.monotonic() - began

    def answers(self) -> list[Json]:
        """The answers that came since the last time."""
        return [self.bucket.answers.get()[1] for _ in range(self.bucket.answers.qsize())]

    def processes(self) -> list[int]:
        """The function's processes that run."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]

    def log(self) -> str:
        """What the function and the emulator logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")


def create(origin: str, name: str, key: str = "answer", **properties: Any) -> Json:
    """A Create of a profile, with its answer to go to a bucket."""
    return {
        "RequestType": "Create",
        "RequestId": str(uuid.uuid4()),
        "ResponseURL": f"{origin}/{key}?X-Amz-Signature=x",
        "StackId": STACK,
        "LogicalResourceId": name,
        "ResourceType": "Custom::ConnectSecurityProfile",
        "ResourceProperties": {"InstanceArn": INSTANCE, "SecurityProfileName": name} | properties,
    }


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [it.getsockname()[1] for it in sockets]
    for it in sockets:
        it.close()
    return ports


def is_open(port: int) -> bool:
    """Whether something listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def soon(look: Callable[[], Found], what: str) -> Found:
    """Waits until a look finds something, and returns it."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, f"never seen: {what}"
        time.sleep(0.01)
    return found
