"""Calls the real handlers, as a server does: what the test client repairs is not repaired here."""

import io
import json

from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

HOST = "app.example.com"


def environ(method="GET", path="/who/", *, query="", host=HOST, script_name="", assertion=None, **more):
    """Return a WSGI environ; `path` is Latin-1 text that stands for octets (PEP 3333)."""
    result = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_HOST": host,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "https",
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if assertion is not None:
        result["HTTP_COUNTERSIGN_ASSERTION"] = assertion
    return {**result, **more}


def wsgi(environ_):
    """Return the status and the body."""
    status = []
    body = b"".join(WSGIHandler()(environ_, lambda line, _headers: status.append(int(line.split()[0]))))
    return status[0], _read(body)


def scope(method="GET", path="/who/", *, query=b"", host=HOST, root_path="", headers=(), kind="http"):
    """Return an ASGI scope."""
    result = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "https" if kind == "http" else "wss",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": root_path,
        "headers": [(b"host", host.encode()), *headers],
        "client": ("192.0.2.7", 5000),
        "server": ("127.0.0.1", 8000),
    }
    if kind == "http":
        result["method"] = method
    return result


async def asgi(scope_):
    """Return the status and the body."""
    talk = ApplicationCommunicator(ASGIHandler(), scope_)
    await talk.send_input({"type": "http.request", "body": b"", "more_body": False})
    start = await talk.receive_output(5)
    body = b""
    while True:
        part = await talk.receive_output(5)
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    await talk.wait(5)
    return start["status"], _read(body)


def with_assertion(scope_, *assertions):
    """Return the scope with these assertions added, one header each."""
    more = [(b"countersign-assertion", one.encode()) for one in assertions]
    return {**scope_, "headers": [*scope_["headers"], *more]}


def _read(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()
