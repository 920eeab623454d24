"""What of a request the assertion's `req` covers: method, authority, decoded path, raw query.

Both ends must take the same bytes. They are read from what the server handed over (WSGI environ, ASGI
scope), not from Django's `request.path`, which is repaired on the way. Nothing is repaired here
but what names the same host: a request that the gateway would have written otherwise is another one.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from django_countersign.jose import base64url
from django_countersign.refusal import AssertionRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest


class Binding(NamedTuple):
    """The four parts, as octets."""

    method: bytes
    authority: bytes
    path: bytes
    query: bytes

    def digest(self) -> str:
        """Return the value of the claim `req`."""
        method, authority, path, query = self
        return base64url(sha256(b"cs1\n%b\n%b\n%b\n%b" % (method, authority, path, query)).digest())


def of_request(request: HttpRequest) -> Binding:
    """Read a Django request, whichever server protocol it came by."""
    environ = getattr(request, "environ", None)
    if environ is not None:
        return of_environ(_as_received(environ))
    scope = getattr(request, "scope", None)
    if scope is None:
        raise AssertionRefused("assertion-other-request", "neither a WSGI environ nor an ASGI scope")
    return of_scope(scope)


def _as_received(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Undo what WSGIRequest did to its environ: it decodes the path as UTF-8, and forces a prefix.

    With FORCE_SCRIPT_NAME the server's own SCRIPT_NAME is lost; it is taken to be empty, as it is where a
    prefix has to be forced. If it was not, the request is refused.
    """
    script_name = "" if settings.FORCE_SCRIPT_NAME is not None else environ.get("SCRIPT_NAME", "")
    path = f"{script_name}{environ.get('PATH_INFO', '')}".encode("utf-8", "surrogateescape")
    return {
        "REQUEST_METHOD": environ.get("REQUEST_METHOD", ""),
        "HTTP_HOST": environ.get("HTTP_HOST", ""),
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": environ.get("QUERY_STRING", ""),
    }


def of_environ(environ: Mapping[str, Any]) -> Binding:
    """Read a WSGI environ (PEP 3333: text that stands for Latin-1 octets)."""
    try:
        return Binding(
            environ["REQUEST_METHOD"].upper().encode("latin-1"),
            authority(environ["HTTP_HOST"].encode("latin-1")),
            (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"),
            environ.get("QUERY_STRING", "").encode("latin-1"),
        )
    except (KeyError, UnicodeEncodeError) as error:
        raise AssertionRefused("assertion-other-request", f"unreadable environ: {error!r}") from None


def of_scope(scope: Mapping[str, Any]) -> Binding:
    """Read an ASGI scope of type `http` or `websocket`; its `path` includes the `root_path`."""
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    if len(hosts) != 1:
        raise AssertionRefused("assertion-other-request", f"expected one Host, found {len(hosts)}")
    try:
        path = scope["path"].encode("utf-8")
    except UnicodeEncodeError:
        raise AssertionRefused("assertion-other-request", "the path is not UTF-8") from None
    method = "GET" if scope["type"] == "websocket" else scope["method"].upper()
    query = scope.get("query_string", b"")
    if isinstance(query, str):  # Django's own test client
        query = query.encode("latin-1")
    return Binding(method.encode("latin-1"), authority(hosts[0]), path, query)


def authority(host: bytes) -> bytes:
    """Return the host as the gateway writes it: in lower case, and without the port of https."""
    # Of octets, `lower` changes ASCII letters only.
    return host.lower().removesuffix(b":443")
