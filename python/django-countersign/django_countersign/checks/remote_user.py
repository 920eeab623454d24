"""Whether a user's name is read from a header that a client can send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.middleware import RemoteUserMiddleware

from django_countersign.checks import installed
from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTEAD = (
    "Replace it by"
    ' "django_countersign.middleware.CertificateLoginMiddleware", which logs in by the signed assertion.'
)


def header_is_client_sendable() -> Iterator[Found]:
    """`RemoteUserMiddleware` reads a header that a client can send.

    A key of `request.META` that begins with `HTTP_` is a request header. Whoever reaches the app's port
    without the gateway, or finds a spelling that some server folds to the same key (CVE-2026-3902,
    CVE-2015-0219), logs in as anybody. `PersistentRemoteUserMiddleware` and subclasses count as well.
    """
    for path, one in installed.middleware():
        header = getattr(one, "header", "")
        if issubclass(one, RemoteUserMiddleware) and isinstance(header, str) and header.startswith("HTTP_"):
            yield Found(
                f"{path} logs in whoever the request header {_spelled(header)} names.", INSTEAD, obj=path
            )


def asgi_reads_a_header() -> Iterator[Found]:
    """`RemoteUserMiddleware` reads `Remote-User` under ASGI.

    Under WSGI, `REMOTE_USER` is a variable that only the server sets. An ASGI server has no such thing:
    Django reads `HTTP_REMOTE_USER` there, which is the request header `Remote-User`. The gateway removes
    it; a request that goes around the gateway still has it. Harmless in a project served by WSGI alone:
    then silence this check.
    """
    for path, one in installed.middleware():
        if (
            issubclass(one, RemoteUserMiddleware)
            and getattr(one, "header", "") == RemoteUserMiddleware.header
        ):
            yield Found(f"{path} reads the request header Remote-User under ASGI.", INSTEAD, obj=path)


def _spelled(key: str) -> str:
    return key[len("HTTP_") :].replace("_", "-").title()
