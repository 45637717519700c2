"""A local server in the place of the bucket that answers go to."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace


@contextmanager
def bucket(*statuses):
    """Answers each request with the next status, then with 200, and keeps what came."""
    script, requests = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            requests.append(SimpleNamespace(target=self.path, headers=headers, body=body))
            self.send_response(script.pop(0) if script else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield SimpleNamespace(port=server.server_port, requests=requests)
    finally:
        server.shutdown()
        server.server_close()
