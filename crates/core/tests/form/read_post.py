"""Reads bodies as Django does and says what the token field is.

Standard input: for each case the content type and the body, each with its length before it as four
bytes. Standard output: a line for each: `none`, `token` with its text in hexadecimal UTF-8, or the
status that Django answers with and the name of the error.
"""

from __future__ import annotations

import io
import struct
import sys

import django
from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http.multipartparser import MultiPartParserError

LONGEST = 65

settings.configure(SECRET_KEY="only-for-tests", LOGGING_CONFIG=None)
django.setup()


def answer(content_type: str, body: bytes) -> str:
    """Say what Django makes of one body."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    try:
        token = WSGIRequest(environ).POST.get("csrfmiddlewaretoken")
    except (BadRequest, SuspiciousOperation, MultiPartParserError) as error:
        return f"400 {type(error).__name__}"
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is 500
        return f"500 {type(error).__name__}"
    if token is None:
        return "none"
    return "token " + token[:LONGEST].encode("utf-8", "surrogatepass").hex()


def piece() -> bytes | None:
    """Read the next piece of a case; none at the end."""
    head = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack(">I", head)[0]) if head else None


while (content_type := piece()) is not None:
    body = piece()
    if body is None:
        break
    sys.stdout.write(answer(content_type.decode("latin-1"), body) + "\n")
