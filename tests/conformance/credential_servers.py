"""What hands out credentials: STS (moto's), IAM Identity Center, a container's endpoint, the instance metadata service.

The last three are small servers of our own. Each speaks what botocore's client speaks, which is the judge: a profile that
boto3 gets no credentials from proves nothing here. What the program sent is kept, so that a test can say who signed it.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.server import ThreadedMotoServer

# Every secret text has this word in it, and no output may.
CANARY = "CANARY"


def secret_of(key: str) -> str:
    """The secret of an access key."""
    return f"{CANARY}-secret-of-{key}"


def token_of(key: str) -> str:
    """The session token that goes with it."""
    return f"{CANARY}-token-of-{key}"


def in_seconds(seconds: float) -> str:
    """A time from now, as AWS writes it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Server:
    """A server on a free port of the loopback interface. `requests` has what it was sent, as (method, path, headers)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test says what went wrong."""

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((self.command, self.path, headers))
                status, kind, answer = outer.respond(self.command, self.path, headers, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                for name, value in outer.more_headers(self.path).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = answer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """The answer: status, media type, body."""
        raise NotImplementedError

    def more_headers(self, path: str) -> dict[str, str]:
        """What stands in the answer's head besides."""
        return {}

    def signers(self) -> list[str]:
        """The access keys that signed what came, in order."""
        found = [re.search(r"Credential=([^/]+)/", headers.get("authorization", "")) for _, _, headers in self.requests]
        return [match.group(1) for match in found if match]

    def stop(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()


def as_json(document: object, status: int = 200) -> tuple[int, str, bytes]:
    """An answer in JSON."""
    return status, "application/json", json.dumps(document).encode()


class Moto(Server):
    """Moto's STS, behind a server that keeps who signed what."""

    def __init__(self) -> None:
        self._moto = ThreadedMotoServer(port=0)
        self._moto.start()
        host, port = self._moto.get_host_and_port()
        self._behind = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
        super().__init__()

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        kept = {name: value for name, value in headers.items() if name in ("authorization", "content-type", "x-amz-date")}
        request = urllib.request.Request(self._behind + path, data=body or None, headers=kept, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read()

    def stop(self) -> None:
        super().stop()
        self._moto.stop()


class Refusing(Server):
    """A service of the Query protocol (STS, CloudFormation) that refuses, and quotes the request as STS may."""

    def __init__(self, code: str, message: str = "not allowed") -> None:
        self.code, self.message = code, message
        super().__init__()

    def more_headers(self, path: str) -> dict[str, str]:
        return {"x-amzn-RequestId": "0f0f"}

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        form = parse_qs(body.decode())
        quoted = " ".join(form.get("ExternalId", []) + form.get("WebIdentityToken", []))
        message = f"{self.message} {quoted}".strip()
        error = f"<Error><Type>Sender</Type><Code>{self.code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{error}<RequestId>0f0f</RequestId></ErrorResponse>"
        return 403, "text/xml", text.encode()


class IdentityCenter(Server):
    """The portal's GetRoleCredentials and OIDC's CreateToken."""

    ACCESS = f"{CANARY}-sso-access-token"
    RENEWED = f"{CANARY}-sso-renewed-token"
    REFRESH = f"{CANARY}-sso-refresh-token"
    CLIENT = f"{CANARY}-sso-client-secret"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        parts = urlsplit(path)
        if (method, parts.path) == ("POST", "/token"):
            given = json.loads(body)
            known = {"grantType": "refresh_token", "refreshToken": self.REFRESH, "clientSecret": self.CLIENT}
            if not known.items() <= given.items():
                return as_json({"error": "invalid_grant", "error_description": "no"}, 400)
            return as_json({"accessToken": self.RENEWED, "tokenType": "Bearer", "expiresIn": 3600})
        if (method, parts.path) != ("GET", "/federation/credentials"):
            return as_json({"message": "no such operation"}, 404)
        wanted = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if headers.get("x-amz-sso_bearer_token") not in (self.ACCESS, self.RENEWED):
            return self._error(401, "UnauthorizedException", "Session token not found or invalid")
        if wanted.get("role_name") != "Reader" or wanted.get("account_id") != "111111111111":
            return self._error(403, "ForbiddenException", "No access")
        expiration = int((datetime.now(timezone.utc) + timedelta(hours=1)).timestamp() * 1000)
        credentials = {
            "accessKeyId": self.key,
            "secretAccessKey": secret_of(self.key),
            "sessionToken": token_of(self.key),
            "expiration": expiration,
        }
        return as_json({"roleCredentials": credentials})

    @staticmethod
    def _error(status: int, code: str, message: str) -> tuple[int, str, bytes]:
        return as_json({"__type": f"com.amazonaws.switchboard.portal#{code}", "message": message}, status)


class Container(Server):
    """The credentials endpoint of ECS and of EKS Pod Identity."""

    TOKEN = f"{CANARY}-container-token"

    def __init__(self, key: str) -> None:
        self.key = key
        self.expires_in = 3600.0
        super().__init__()

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if headers.get("authorization") != self.TOKEN:
            return as_json({"code": "Unauthorized", "message": f"not {headers.get('authorization')}"}, 401)
        return as_json(credentials_of(self.key, self.expires_in))


class InstanceMetadata(Server):
    """IMDSv2: nothing without a token."""

    TOKEN = f"{CANARY}-metadata-token"

    def __init__(self, key: str) -> None:
        self.key = key
        self.role = "instance-role"
        super().__init__()

    def more_headers(self, path: str) -> dict[str, str]:
        return {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": "21600"} if path == "/latest/api/token" else {}

    def respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if (method, path) == ("PUT", "/latest/api/token"):
            has_life = headers.get("x-aws-ec2-metadata-token-ttl-seconds", "").isdigit()
            return (200, "text/plain", self.TOKEN.encode()) if has_life else (400, "text/plain", b"")
        if headers.get("x-aws-ec2-metadata-token") != self.TOKEN:
            return 401, "text/plain", b""
        base = "/latest/meta-data/iam/security-credentials/"
        if path == base and self.role:
            return 200, "text/plain", self.role.encode()
        if path == base + self.role and self.role:
            return as_json({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": in_seconds(0)} | credentials_of(self.key))
        return 404, "text/plain", b""


def credentials_of(key: str, expires_in: float = 3600) -> dict[str, Any]:
    """As a metadata endpoint writes them."""
    return {
        "AccessKeyId": key,
        "SecretAccessKey": secret_of(key),
        "Token": token_of(key),
        "Expiration": in_seconds(expires_in),
    }
