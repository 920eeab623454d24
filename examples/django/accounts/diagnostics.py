"""Shows what reached the app: who it thinks the user is and, if BANK_ECHO is set, everything."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_countersign.request import assertion_of, identity_of

from accounts.body import length_and_sha256
from accounts.identity import identity_headers

_Plain = Callable[[HttpRequest], HttpResponseBase]


@never_cache
@require_safe
def whoami(request: HttpRequest) -> JsonResponse:
    """Tell who is logged in, and what the verified assertion says of client and intent.

    The identity headers are those that arrived; a spoofed one must not be there, and none counts.
    """
    identity, assertion = identity_of(request), assertion_of(request)
    statement = None
    if assertion is not None:
        statement = assertion._asdict() | {"tls": assertion.tls._asdict()}
        del statement["identity"]  # shown by itself
    return JsonResponse(
        {
            "user": request.user.get_username() or None,
            "subject": None if identity is None else identity.subject,
            "secure": request.is_secure(),
            "client_identity": None if identity is None else asdict(identity),
            "countersign": statement,
            "identity_headers": identity_headers(request.META),
        }
    )


def echo_only(view: _Plain) -> _Plain:
    """Let the view exist only where BANK_ECHO is set; it asks no token of anybody."""

    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponseBase:
        if not settings.BANK_ECHO:
            raise Http404
        return view(request)

    return checked


@echo_only
def echo(request: HttpRequest) -> HttpResponse:
    """Return the request as it arrived, whatever its method."""
    length, sha256 = length_and_sha256(request)
    scope = request.scope if isinstance(request, ASGIRequest) else None
    shown = {
        "method": request.method,
        "raw_path": _raw_path(request),
        "path_info": request.path_info,
        "query_string": request.META.get("QUERY_STRING", ""),
        "protocol": f"HTTP/{scope['http_version']}" if scope else request.META["SERVER_PROTOCOL"],
        "secure": request.is_secure(),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "raw_headers": _raw_headers(scope["headers"]) if scope else None,
        "body_length": length,
        "body_sha256": sha256,
    }
    return JsonResponse(shown)


@echo_only
@require_safe
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Send `chunks` lines of `size` bytes, `delay_ms` apart."""
    chunks = _number(request, "chunks", default=5, most=1000)
    delay = _number(request, "delay_ms", default=50, most=5000) / 1000
    size = _number(request, "size", default=16, most=1024 * 1024)
    lines = (f"chunk {number} ".encode().ljust(size - 1, b".") + b"\n" for number in range(chunks))

    def paced() -> Iterator[bytes]:
        for line in lines:
            yield line
            time.sleep(delay)

    async def paced_async() -> AsyncIterator[bytes]:
        for line in lines:
            yield line
            await asyncio.sleep(delay)

    # Under ASGI Django collects a plain iterator before it sends the first byte.
    pieces = paced_async() if isinstance(request, ASGIRequest) else paced()
    return StreamingHttpResponse(pieces, content_type="text/plain; charset=utf-8")


@echo_only
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Read a body of any length in pieces and return its length and SHA-256."""
    length, sha256 = length_and_sha256(request)
    return JsonResponse({"length": length, "sha256": sha256})


def _raw_path(request: HttpRequest) -> str | None:
    """Return the path before percent-decoding, if the server tells: uvicorn and gunicorn do."""
    if isinstance(request, ASGIRequest):
        raw = request.scope.get("raw_path")
        return None if raw is None else raw.decode("latin-1")
    target: str | None = request.META.get("RAW_URI")
    return None if target is None else target.partition("?")[0]


def _raw_headers(headers: Any) -> list[list[str]]:
    """Return every field line: Django joins duplicates and drops names with an underscore."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name, "")
    return min(int(text), most) if text.isdecimal() else default
