"""Whether a user's name is read from a header that a client can send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
from django.contrib.auth.middleware import RemoteUserMiddleware

from django_countersign.checks.check import Found
from django_countersign.inventory import installed

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
    """`RemoteUserMiddleware` reads a request header under ASGI.

    Under WSGI, `REMOTE_USER` is a variable that only the server sets. An ASGI server has no such thing:
    since 5.2 Django reads `HTTP_REMOTE_USER` there, which is the request header `Remote-User`, and before
    6.1 it puts `HTTP_` in front of a subclass's own `header` as well. The gateway removes `Remote-User`; a
    request that goes around the gateway still has it. Harmless in a project that is served by WSGI alone:
    then silence this check.
    """
    for path, one in installed.middleware():
        header = getattr(one, "header", "")
        if not issubclass(one, RemoteUserMiddleware) or header.startswith("HTTP_"):
            continue
        if django.VERSION >= (6, 1) and header != RemoteUserMiddleware.header:
            continue
        if django.VERSION >= (5, 2):
            yield Found(f"{path} reads the request header {_spelled(header)} under ASGI.", INSTEAD, obj=path)


def _spelled(key: str) -> str:
    return (key.removeprefix("HTTP_")).replace("_", "-").title()
