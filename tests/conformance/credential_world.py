"""A home with AWS configuration files, the program that is run in it, and boto3 beside it as the judge."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from credential_servers import in_seconds, secret_of
from emulator_boto3 import Emulator

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CONNECT_PROFILES", str(ROOT / "target" / "debug" / "connect-profiles"))

# What boto3 makes of the same files and variables, each time in a process of its own: a fork, as the import takes half a second.
JUDGE = """
import boto3, json, os, signal, sys
for line in sys.stdin:
    environment, profile = json.loads(line)
    reading, writing = os.pipe()
    if os.fork() == 0:
        # Whoever asks for a code is not answered.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.setsid()
        signal.alarm(20)
        os.environ.clear()
        os.environ.update(environment)
        try:
            found = boto3.Session(profile_name=profile or None).get_credentials()
            found = found and found.get_frozen_credentials()
            found = found and [found.access_key, found.secret_key]
        except Exception:
            found = None
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    print(os.read(reading, 65536).decode() or "null", flush=True)
    os.close(reading)
    os.wait()
"""


class Judge:
    """boto3 with one home directory for all tests: where it looks for cached tokens is settled when it is imported."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._process = subprocess.Popen(
            [sys.executable, "-c", JUDGE],
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def found(self, environment: dict[str, str], profile: str) -> tuple[str, str] | None:
        """The access key and secret that boto3 gets; None, if it gets none."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([environment, profile]) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        return (found[0], found[1]) if found else None

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.communicate()


@dataclass
class Run:
    """What a run of the program wrote, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that it wrote."""
        return self.out + self.err


@dataclass
class Home:
    """A home directory, emptied, and an environment."""

    judge: Judge
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path = self.judge.home
        shutil.rmtree(self.path, ignore_errors=True)
        (self.path / ".aws").mkdir(parents=True)
        self.environment = {
            "HOME": str(self.path),
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def write(self, name: str, text: str) -> Path:
        """A file in it."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def config(self, text: str) -> None:
        """The config file."""
        self.write(".aws/config", text)

    def credentials(self, text: str) -> None:
        """The credentials file."""
        self.write(".aws/credentials", text)

    def process(self, name: str, body: str) -> str:
        """A program for `credential_process`."""
        path = self.write(f"bin/{name}", f"#!/bin/sh\necho run >> '{self.path}/{name}.runs'\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def sso_token(self, identifier: str, token: str, expires_in: float, **more: str) -> None:
        """A cached token of `aws sso login`."""
        name = hashlib.sha1(identifier.encode()).hexdigest()
        document = {"accessToken": token, "expiresAt": in_seconds(expires_in), "region": "us-east-1"} | more
        self.write(f".aws/sso/cache/{name}.json", json.dumps(document))

    def judged(self, profile: str = "") -> tuple[str, str] | None:
        """What boto3 gets here."""
        return self.judge.found(self.environment, profile)

    def run(self, *arguments: str) -> Run:
        """Runs the program."""
        run = subprocess.run(
            [PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
        return Run(run.returncode, run.stdout, run.stderr)

    def list_as(self, key: str, *arguments: str, secret: str | None = None) -> Run:
        """Lists profiles from an emulator that knows no key but this, and `test`, which nobody has here."""
        emulator = Emulator("--key", f"{key}:{secret or secret_of(key)}")
        try:
            return self.run("list", "--format", "json", "--endpoint-url", emulator.endpoint, *arguments)
        finally:
            emulator.stop()


def keys(key: str, profile: str) -> str:
    """A section of the credentials file."""
    return f"[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = {secret_of(key)}\n"
