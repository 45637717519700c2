"""The built Lambda assumes the role of a template from moto's STS, and calls Connect with what it was given.

Connect is a recorder here, because the emulator knows only keys that it was started with: it answers a create and a
describe, and every call's signature is checked with the secret that STS gave out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer
from moto.sts.models import sts_backends

ROOT = Path(__file__).resolve().parents[2]
BOOTSTRAP = Path(os.environ.get("BOOTSTRAP", ROOT / "target" / "debug" / "bootstrap"))
ALLOWED = "arn:aws:iam::111111111111:role/teams/*"
ROLE = "arn:aws:iam::111111111111:role/teams/connect-profiles"
INSTANCE = "arn:aws:connect:eu-west-2:111111111111:instance/11111111-2222-3333-4444-555555555555"
STACK = "arn:aws:cloudformation:eu-west-1:000000000000:stack/contact-centre/0c8c4d50-7b4f-11f0-9a55-0affd1a2b3c4"
PATIENCE = 20


class Exchange(BaseHTTPRequestHandler):
    """What the servers here share: a path, a body, and no noise."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what went wrong."""

    def body(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status: int, document: object = None, **headers: str) -> None:
        """Answers with JSON, or with nothing."""
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(methods: dict[str, Any]) -> ThreadingHTTPServer:
    """A server on a free port."""
    handler = type("Handler", (Exchange,), {f"do_{name}": method for name, method in methods.items()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def origin(server: ThreadingHTTPServer) -> str:
    """Its origin."""
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    """Moto, as a server."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    server.stop()


def run(
    sts_endpoint: str, properties: dict[str, Any], deliver: Any = lambda event: event, allowed: str = ALLOWED
) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """Delivers one Create to a fresh process: CloudFormation's answer, the calls to Connect, the log."""
    calls: list[dict[str, Any]] = []
    answers: Queue[dict[str, Any]] = Queue()
    events: Queue[dict[str, Any]] = Queue()

    def connect(request: Exchange) -> None:
        body = request.body()
        calls.append({"method": request.command, "path": request.path, "headers": dict(request.headers), "body": body})
        if request.command == "PUT":
            request.answer(200, {"SecurityProfileId": "p", "SecurityProfileArn": f"{INSTANCE}/security-profile/p"})
        else:
            request.answer(200, {"SecurityProfile": {"Id": "p", "SecurityProfileName": "Agents", "LastModifiedTime": 1}})

    def bucket(request: Exchange) -> None:
        answers.put(json.loads(request.body()))
        request.answer(200)

    def next_event(request: Exchange) -> None:
        event = events.get()
        deadline = str(int((time.time() + PATIENCE) * 1000))
        request.answer(
            200,
            event,
            Lambda_Runtime_Aws_Request_Id="r",
            Lambda_Runtime_Deadline_Ms=deadline,
            Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:eu-west-1:000000000000:function:provider",
        )

    def posted(request: Exchange) -> None:
        request.body()
        request.answer(202, {})

    servers = [serve({"PUT": connect, "GET": connect}), serve({"PUT": bucket}), serve({"GET": next_event, "POST": posted})]
    endpoint, response_origin, runtime_api = map(origin, servers)
    environment = {
        "AWS_LAMBDA_RUNTIME_API": runtime_api.removeprefix("http://"),
        "AWS_LAMBDA_FUNCTION_NAME": "provider",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/provider",
        "AWS_LAMBDA_LOG_STREAM_NAME": "log-stream",
        "AWS_LAMBDA_LOG_LEVEL": "TRACE",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAFUNCTION",
        "AWS_SECRET_ACCESS_KEY": "of-the-function",
        "AWS_ENDPOINT_URL_CONNECT": endpoint,
        "AWS_ENDPOINT_URL_STS": sts_endpoint,
        "RESPONSE_URL_ALLOWED_ORIGINS": response_origin,
        "ALLOWED_ROLE_ARNS": allowed,
        "ALLOWED_STACK_ACCOUNTS": "000000000000,111111111111",
    }
    process = subprocess.Popen([BOOTSTRAP], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        event = {
            "RequestType": "Create",
            "RequestId": "r",
            "ResponseURL": f"{response_origin}/answer?X-Amz-Signature=x",
            "StackId": STACK,
            "LogicalResourceId": "Agents",
            "ResourceType": "Custom::ConnectSecurityProfile",
            "ResourceProperties": {"InstanceArn": INSTANCE, "SecurityProfileName": "Agents"} | properties,
        }
        events.put(deliver(event))
        answer = answers.get(timeout=PATIENCE)
    finally:
        process.kill()
        log = process.communicate()[0].decode()
        for server in servers:
            server.shutdown()
            server.server_close()
    return answer, calls, log


def test_the_role_is_assumed_as_asked_and_signs_every_call(sts: str) -> None:
    """The session is named after stack and request, in the function's region; the calls go out in the instance's."""
    answer, calls, log = run(sts, {"RoleArn": ROLE, "ExternalId": "CANARY-EXTERNAL-ID"})
    assert answer["Status"] == "SUCCESS", answer
    assumed = sts_backends["111111111111"]["aws"].assumed_roles[-1]
    assert assumed.role_arn == ROLE
    assert assumed.session_name == "contact-centre.r"
    assert assumed.external_id == "CANARY-EXTERNAL-ID"
    assert [call["method"] for call in calls] == ["PUT", "GET"]
    for call in calls:
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/connect/", call["headers"]["authorization"])
        assert scope and scope.groups() == (assumed.access_key_id, "eu-west-2")
        assert call["headers"]["x-amz-security-token"] == assumed.session_token
        assert signed_again(call, assumed) == call["headers"]["authorization"].rsplit("Signature=", 1)[1]
    for secret in ("CANARY", assumed.session_token, assumed.secret_access_key):
        assert secret not in log


def through_topic(event: dict[str, Any]) -> dict[str, Any]:
    """What the provider's topic gives the function, of a stack in the role's account."""
    message = json.dumps(event | {"StackId": STACK.replace("000000000000", "111111111111")})
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": message}}]}


@pytest.mark.parametrize(
    ("example", "deliver"),
    [("other-account-profiles.yaml", lambda event: event), ("stack-in-other-account.yaml", through_topic)],
)
def test_the_stacks_of_the_examples_assume_the_role_with_what_it_asks_for(sts: str, example: str, deliver: Any) -> None:
    given = {"InstanceArn": INSTANCE, "RoleArn": ROLE, "ExternalId": "one-of-many", "ServiceToken": "arn:aws:sns:::t"}
    answer, calls, _ = run(sts, properties_of(example, given), deliver)
    assert answer["Status"] == "SUCCESS", answer
    assumed = sts_backends["111111111111"]["aws"].assumed_roles[-1]
    assert assumed.external_id == "one-of-many"
    assert all(call["headers"]["x-amz-security-token"] == assumed.session_token for call in calls)
    assert calls[0]["method"] == "PUT"

    # As the provider is deployed without `AllowedRoleArns`: nobody is asked.
    answer, calls, _ = run(sts, properties_of(example, given), deliver, allowed="")
    assert answer["Reason"].startswith("ALLOWED_ROLE_ARNS forbids the role")
    assert not calls


class Loader(yaml.SafeLoader):
    """YAML in which `!Ref A` is `{"Ref": "A"}`."""


Loader.add_multi_constructor("!", lambda loader, name, node: {name: loader.construct_scalar(node)})


def properties_of(example: str, given: dict[str, str]) -> dict[str, Any]:
    """What the profile of an example states, with these values of its parameters."""
    template = yaml.load((ROOT / "examples" / example).read_text(encoding="utf-8"), Loader)
    stated = template["Resources"]["Agents"]["Properties"]
    return {
        name: given[value["Ref"]] if isinstance(value, dict) and "Ref" in value else value
        for name, value in stated.items()
    }


def signed_again(call: dict[str, Any], assumed: Any) -> str:
    """The signature that botocore makes of the same request with the secret that STS gave out."""
    headers = call["headers"]
    signed = re.search(r"SignedHeaders=([^,]+)", headers["authorization"])
    assert signed
    credentials = Credentials(assumed.access_key_id, assumed.secret_access_key, assumed.session_token)
    signer = SigV4Auth(credentials, "connect", "eu-west-2")
    kept = {name: headers[name] for name in signed.group(1).split(";")}
    url = f"http://{headers['host']}{unquote(call['path'])}"
    request = AWSRequest(call["method"], url, data=call["body"], headers=kept)
    request.context["timestamp"] = headers["x-amz-date"]
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))
