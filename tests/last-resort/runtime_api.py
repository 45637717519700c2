"""The built provider as a process under a Runtime API of our own, without credentials, roots or a network."""

import json
import os
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread

from records import FUNCTION_ARN


class Provider:
    """Hands events to the process, one after the other."""

    def __init__(self):
        self.events, self.outcomes = Queue(), Queue()

    def outcome(self, payload):
        """None where the provider reported no error, else the error's type."""
        self.events.put(payload)
        return self.outcomes.get(timeout=30)


@contextmanager
def provider(origin):
    """A provider that may respond to this origin. What it would send to AWS itself it cannot: there is nothing it trusts."""
    running = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            payload = running.events.get()
            if payload is None:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("lambda-runtime-aws-request-id", "8ea123e4-1db7-4aca-ad10-d9ca1234c1fd")
            self.send_header("lambda-runtime-deadline-ms", "99999999999999")
            self.send_header("lambda-runtime-invoked-function-arn", FUNCTION_ARN)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            failed = self.path.endswith("/error")
            running.outcomes.put(json.loads(body)["errorType"] if failed else None)
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    _, _, _, region, account, *_ = FUNCTION_ARN.split(":")
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "connect-profiles-provider",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": region,
        # Whatever the event asks for is refused without a call, so that both have nothing to say but FAILED.
        "ALLOWED_STACK_ACCOUNTS": "999999999999",
        "RESPONSE_URL_ALLOWED_ORIGINS": origin,
        "SSL_CERT_FILE": "/nonexistent",
        "SSL_CERT_DIR": "/nonexistent",
    }
    process = subprocess.Popen([os.environ["BOOTSTRAP"]], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        running.events.put(None)
        server.shutdown()
        server.server_close()
