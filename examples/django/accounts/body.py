"""Reads a request body in pieces, whoever serves the app."""

import hashlib
from collections.abc import Iterator

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

_PIECE = 64 * 1024


def body_pieces(request: HttpRequest) -> Iterator[bytes]:
    """Yield the body without holding it; DATA_UPLOAD_MAX_MEMORY_SIZE limits `request.body` only."""
    source = request
    if isinstance(request, WSGIRequest) and "CONTENT_LENGTH" not in request.META:
        # Django reads nothing from a chunked body under WSGI; the server's own stream does.
        if not request.META.get("wsgi.input_terminated"):
            return
        source = request.META["wsgi.input"]
    while piece := source.read(_PIECE):
        yield piece


def length_and_sha256(request: HttpRequest) -> tuple[int, str]:
    """Read the whole body and return how long it was and its SHA-256 in hexadecimal."""
    length, digest = 0, hashlib.sha256()
    for piece in body_pieces(request):
        length += len(piece)
        digest.update(piece)
    return length, digest.hexdigest()
