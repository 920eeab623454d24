"""A proxy behind mutual TLS, and an app server, with mistakes that no current product has.

    toy.py proxy UPSTREAM-PORT CA CERT KEY OTHER-CERT OTHER-KEY
    toy.py app

Each prints "listening on PORT". LAB_MISTAKE names the mistake; without it they are sound enough.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import sys
import threading
from typing import BinaryIO, cast

MISTAKE = os.environ.get("LAB_MISTAKE", "")
HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
Fields = list[tuple[str, str]]


def read_head(stream: BinaryIO) -> tuple[str, Fields] | None:
    """Read a request line and its fields."""
    line = stream.readline(65536).decode("latin-1").strip()
    if not line:
        return None
    return line, read_fields(stream)


def read_fields(stream: BinaryIO) -> Fields:
    """Read fields up to the empty line."""
    fields: Fields = []
    while field := stream.readline(65536).decode("latin-1").rstrip("\r\n"):
        name, _, value = field.partition(":")
        fields.append((name, value.strip()))
    return fields


def value_of(fields: Fields, wanted: str) -> str | None:
    """Return the first value of a name."""
    return next((value for name, value in fields if name.lower() == wanted), None)


def read_chunks(stream: BinaryIO) -> tuple[bytes, Fields]:
    """Read a chunked body and its trailers."""
    body = b""
    while size := int(stream.readline(1024).split(b";")[0].strip() or b"0", 16):
        body += stream.read(size)
        stream.readline(1024)
    return body, read_fields(stream)


def refuse(stream: BinaryIO, status: str) -> None:
    """Answer without asking anybody."""
    stream.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    stream.flush()


class Proxy:
    """Terminates TLS, says who it is, forwards."""

    def __init__(self, upstream: int, files: list[str]) -> None:
        self.upstream = upstream
        ca, cert, key, other_cert, other_key = files
        self.own = self.context(cert, key, ca)
        self.other = self.context(other_cert, other_key, ca if MISTAKE == "resumption-other-host" else None)
        if MISTAKE == "resumption-other-host":
            # One context answers all hellos: what it resumes, no site's own policy has seen.
            self.other.verify_mode = ssl.CERT_OPTIONAL
            self.other.sni_callback = self.choose
        self.own.sni_callback = self.choose

    @staticmethod
    def context(cert: str, key: str, ca: str | None) -> ssl.SSLContext:
        """Make the policy of a site."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        context.set_alpn_protocols(["http/1.1"])
        if ca is not None:
            context.load_verify_locations(ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def choose(self, connection: ssl.SSLObject, name: str, _: ssl.SSLContext) -> None:
        """Let the server name decide."""
        connection.context = self.other if name == "other.example.com" else self.own

    def serve(self, plain: socket.socket) -> None:
        """Serve one connection, one request."""
        plain.settimeout(30)
        first = self.other if MISTAKE == "resumption-other-host" else self.own
        try:
            with first.wrap_socket(plain, server_side=True) as secured, secured.makefile("rwb") as stream:
                self.request(secured, cast("BinaryIO", stream))
        except (OSError, ValueError):
            plain.close()

    def request(self, secured: ssl.SSLSocket, stream: BinaryIO) -> None:
        """Forward one request and its answer."""
        head = read_head(stream)
        if head is None:
            return
        line, fields = head
        certificate = secured.getpeercert()
        resumed = MISTAKE == "resumption-other-host" and secured.session_reused
        if certificate is None and secured.context is self.own and not resumed:
            refuse(stream, "496 No Certificate")
            return
        ours = self.identity(certificate)
        named = {name.strip().lower() for name in (value_of(fields, "connection") or "").split(",")}
        body, trailers, framing = self.body(stream, fields)
        if body is None:
            refuse(stream, "400 Bad Request")
            return
        kept = [(name, value) for name, value in fields if name.lower() not in HOP and not mine(name)]
        kept = [(name, value) for name, value in kept if name.lower() != "content-length"]
        if MISTAKE == "identity-header-connection":
            # Stamped first, and then cleaned.
            kept = [(name, value) for name, value in kept + ours if name.lower() not in named]
        else:
            kept = [(name, value) for name, value in kept if name.lower() not in named] + ours
        if MISTAKE == "identity-header-trailer":
            kept = [(name, value) for name, value in kept if name.lower() not in {t.lower() for t, _ in trailers}]
            kept += trailers
        sent = "".join(f"{name}: {value}\r\n" for name, value in kept + framing)
        with socket.create_connection(("127.0.0.1", self.upstream)) as upstream:
            upstream.settimeout(30)
            upstream.sendall(f"{line}\r\n{sent}Connection: close\r\n\r\n".encode("latin-1") + body)
            while piece := upstream.recv(65536):
                stream.write(piece)
                stream.flush()

    @staticmethod
    def identity(certificate: object) -> Fields:
        """Say who it is."""
        found = re.search(r"'commonName', '([^']*)'", str(certificate))
        if not found:
            return [("X-SSL-Client-Verify", "NONE"), ("X-Forwarded-Proto", "https")]
        return [
            ("X-SSL-Client-Verify", "SUCCESS"),
            ("X-SSL-Client-S-DN", f"CN={found[1]}"),
            ("X-Forwarded-Proto", "https"),
        ]

    @staticmethod
    def body(stream: BinaryIO, fields: Fields) -> tuple[bytes | None, Fields, Fields]:
        """Read the body; return it with its trailers and the fields that frame it upstream."""
        length = value_of(fields, "content-length")
        codings = [(name, value) for name, value in fields if name.strip().lower() == "transfer-encoding"]
        if length is not None and codings:
            if MISTAKE in {"smuggling-cl-te", "smuggling-te-obfuscated"}:
                if MISTAKE == "smuggling-te-obfuscated" and [value for _, value in codings] == ["chunked"]:
                    return None, [], []
                return stream.read(int(length)), [], [("Content-Length", length), *codings]
            if MISTAKE == "smuggling-te-cl":
                body, _ = read_chunks(stream)
                return (
                    b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n",
                    [],
                    [
                        ("Content-Length", length),
                        *codings,
                    ],
                )
            return None, [], []
        if codings:
            if [value.lower() for _, value in codings] != ["chunked"]:
                return None, [], []
            body, trailers = read_chunks(stream)
            return body, trailers, [("Content-Length", str(len(body)))]
        if length is None:
            return b"", [], []
        return stream.read(int(length)), [], [("Content-Length", length)]


def mine(name: str) -> bool:
    """Tell whether only the proxy may say this."""
    folded = re.sub(r"[^a-z0-9]+", "-", name.lower())
    return folded.startswith(("x-ssl-", "x-forwarded-"))


def app(plain: socket.socket) -> None:
    """Answer one request, framed as this server reads it."""
    plain.settimeout(30)
    try:
        with plain, plain.makefile("rwb") as pair:
            stream = cast("BinaryIO", pair)
            head = read_head(stream)
            if head is None:
                return
            line, fields = head
            length = value_of(fields, "content-length")
            chunked = any(name.strip().lower() == "transfer-encoding" and "chunked" in value for name, value in fields)
            if chunked and MISTAKE != "smuggling-te-cl":
                read_chunks(stream)
            elif length:
                stream.read(int(length))
            page = f"<p>Signed in as <strong>holder</strong> {line.split()[0]}".encode()
            stream.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
    except (OSError, ValueError):
        plain.close()


def main() -> None:
    """Listen, and serve each connection in a thread of its own."""
    serve = Proxy(int(sys.argv[2]), sys.argv[3:]).serve if sys.argv[1] == "proxy" else app
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    while True:
        threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()


if __name__ == "__main__":
    main()
