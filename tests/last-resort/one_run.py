"""Runs the function once, in this process, as Lambda would.

A program: its one argument names a file with what to do, and what was seen is written there. Time does not
pass while the function waits. Each connection is noted; one to a host of AWS's is led to the local bucket,
without TLS but with a note of what TLS was asked for.
"""

import json
import os
import socket
import ssl
import sys
import time
import traceback
import types
from pathlib import Path


def main(path):
    task = json.loads(path.read_text(encoding="utf-8"))
    os.environ.clear()
    os.environ.update(task["environment"])
    seen = {"connections": [], "waits": [], "tls": [], "error": None}
    connect = socket.create_connection

    def create_connection(address, *arguments, **named):
        seen["connections"].append(list(address))
        is_local = address[0] == "127.0.0.1"
        return connect(address if is_local else ("127.0.0.1", task["port"]), *arguments, **named)

    def wrap_socket(context, plain, **named):
        seen["tls"].append([named["server_hostname"], context.check_hostname, context.verify_mode.name])
        return plain

    socket.create_connection = create_connection
    ssl.SSLContext.wrap_socket = wrap_socket
    time.sleep = seen["waits"].append
    index = types.ModuleType("index")
    exec(compile(task["code"], "index.py", "exec"), index.__dict__)
    try:
        index.handler(task["record"], types.SimpleNamespace(invoked_function_arn=task["function"]))
    except Exception as error:
        # Lambda logs both, with what came before them.
        seen["error"] = [type(error).__name__, str(error)]
        traceback.print_exc()
    path.write_text(json.dumps(seen), encoding="utf-8")


main(Path(sys.argv[1]))
