"""The app, its twin without a gateway, and the pages that attack both.

All run in this process and note what arrives under `/c/MARKER`; MARKER is CASE.ROLE.TARGET.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

PAGES = Path(__file__).parent / "pages"
HONEST = "honesthonesthonesthonesthonestho"


@dataclass(frozen=True)
class Arrived:
    """One request, as a server saw it."""

    method: str
    certificate: bool
    cookies: dict[str, str]
    origin: str | None
    fetch_site: str | None
    fetch_mode: str | None
    content_type: str | None


@dataclass
class Notes:
    """What arrived where, by marker."""

    app: dict[str, list[Arrived]] = field(default_factory=dict)
    twin: dict[str, list[Arrived]] = field(default_factory=dict)
    # Verdict and reason of the gateway, from its log.
    verdicts: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)

    def seen(self, marker: str) -> bool:
        """Whether anything of a case has arrived."""
        if marker.endswith(".twin"):
            return marker in self.twin
        # The verdict is logged after the app has answered: both, for what is let through.
        return marker in self.verdicts


class Handler(BaseHTTPRequestHandler):
    """What all have in common."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    notes: ClassVar[Notes]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def setup(self) -> None:
        """Do the handshake here, in the connection's own thread."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(self.timeout)
            self.request.do_handshake()
        super().setup()

    def handle(self) -> None:
        """Take it lightly if a browser goes away."""
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            self.close_connection = True

    def answer(
        self, status: int, body: bytes = b"", content_type: str = "text/plain", **headers: str
    ) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> bytes:
        """Read the body."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def query(self, name: str) -> str:
        """Return a value of the query."""
        return parse_qs(urlsplit(self.path).query).get(name, [""])[0]

    def seen(self) -> None:
        """Tell a page whether its case has arrived."""
        self.answer(
            200,
            b"yes" if self.notes.seen(self.query("marker")) else b"no",
            Cache_Control="no-store",
        )

    def runner(self) -> None:
        """Send the page that does the cases."""
        self.answer(200, b"<!doctype html><body><script src='/runner.js'></script>", "text/html")

    def file(self, name: str) -> None:
        """Send a script."""
        self.answer(200, (PAGES / name).read_bytes(), "text/javascript")


class App(Handler):
    """An app that believes everybody: whatever reaches it has happened."""

    certificate_seen = False

    def arrived(self) -> dict[str, list[Arrived]]:
        """Return where this server notes what arrives."""
        return self.notes.app

    def certificate(self) -> bool:
        """Return whether the client proved who it is."""
        return self.headers.get("X-SSL-Client-Verify") == "SUCCESS"

    def cookies(self) -> dict[str, str]:
        """Return the cookies, the last of a name, as Django has them."""
        pairs = (pair.strip().partition("=") for pair in (self.headers.get("Cookie") or "").split(";"))
        return {name: value for name, _, value in pairs if name}

    def do_GET(self) -> None:
        """Answer pages, and note cases."""
        path = urlsplit(self.path).path
        if path.startswith("/c/"):
            self.case()
        elif path == "/set":
            self.set_cookies()
        elif path == "/cookies":
            self.notes.verdicts["toss." + self.query("role")] = [("cookies", json.dumps(self.cookies()), "")]
            self.answer(302, Location=self.query("next"))
        elif path == "/seen":
            self.seen()
        elif path == "/runner":
            self.runner()
        elif path == "/runner.js":
            self.file("runner.js")
        else:
            self.answer(404)

    do_HEAD = do_POST = do_PUT = do_OPTIONS = do_GET

    def set_cookies(self) -> None:
        """Log the user in."""
        self.send_response(302)
        for cookie in (
            f"sessionid={HONEST}; Path=/; Secure; HttpOnly; SameSite=None",
            f"csrftoken={HONEST}; Path=/; Secure; SameSite=Lax",
            "strict=1; Path=/; Secure; SameSite=Strict",
            "unspecified=1; Path=/; Secure",
        ):
            self.send_header("Set-Cookie", cookie)
        self.send_header("Location", self.query("next"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def case(self) -> None:
        """Note a request, and answer as a careless app does."""
        marker = urlsplit(self.path).path.removeprefix("/c/")
        self.body()
        upgrade = (self.headers.get("Upgrade") or "").lower() == "websocket"
        note = Arrived(
            "WebSocket" if upgrade else self.command,
            self.certificate(),
            self.cookies(),
            self.headers.get("Origin"),
            self.headers.get("Sec-Fetch-Site"),
            self.headers.get("Sec-Fetch-Mode"),
            (self.headers.get("Content-Type") or "").split(";")[0] or None,
        )
        self.arrived().setdefault(marker, []).append(note)
        if upgrade:
            self.websocket()
            return
        # CORS for everybody: what a careless app has, and what the gateway corrects.
        cors = {
            "Access_Control_Allow_Origin": self.headers.get("Origin") or "*",
            "Access_Control_Allow_Credentials": "true",
            "Access_Control_Allow_Methods": "PUT, POST",
            "Access_Control_Allow_Headers": "content-type",
        }
        if marker.startswith("eventsource"):
            self.answer(200, b"data: x\n\n", "text/event-stream", **cors)
        else:
            self.answer(200, b"done", "text/plain", **cors)

    def websocket(self) -> None:
        """Open one, and close it."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.wfile.write(b"\x88\x00")
        self.close_connection = True


class Twin(App):
    """The same app without a gateway, on TLS of its own that asks for a certificate."""

    def arrived(self) -> dict[str, list[Arrived]]:
        """Return where this server notes what arrives."""
        return self.notes.twin

    def certificate(self) -> bool:
        """Return whether the client proved who it is."""
        assert isinstance(self.request, ssl.SSLSocket)
        return bool(self.request.getpeercert())


class Pages(Handler):
    """The attacker's pages, the sibling's, and the partner's, by host."""

    def do_GET(self) -> None:
        """Answer."""
        path = urlsplit(self.path).path
        if path == "/runner":
            self.runner()
        elif path in {"/runner.js", "/worker.js"}:
            self.file(path[1:])
        elif path == "/seen":
            self.seen()
        elif path == "/no-referrer.html":
            page = (
                "<!doctype html><meta name=referrer content=no-referrer><body>"
                f"<form method=post action='{self.query('to')}'><input name=payee value=mallory></form>"
                "<script>document.forms[0].submit()</script>"
            )
            self.answer(200, page.encode(), "text/html")
        elif path == "/done":
            self.answer(200, b"done", "text/html")
            self.notes.done.set()
        else:
            self.answer(404)

    def do_POST(self) -> None:
        """Send a form on."""
        self.body()
        path = urlsplit(self.path).path
        if path.startswith("/redirect/"):
            self.answer(int(path.removeprefix("/redirect/")), Location=self.query("to"))
        else:
            self.answer(404)


class Server(ThreadingHTTPServer):
    """A server on a free port of loopback, with or without TLS."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[Handler], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        """Return its port."""
        return int(self.server_address[1])

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a browser that went away."""
