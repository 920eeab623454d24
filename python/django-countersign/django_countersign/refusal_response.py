"""How a refusal is told: a short page for a person, `application/problem+json` (RFC 9457) otherwise.

Both name the code, so that a person can report it and a program can act on it. Nothing of the request, the
settings or the assertion stands in it: who is refused here did not prove to be anybody.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.encoding import escape_uri_path
from django.utils.html import escape

from django_countersign.refusal import REASONS, AssertionRefused
from django_countersign.signals import request_refused

if TYPE_CHECKING:
    from django.http import HttpRequest

_log = logging.getLogger("django_countersign")

# Our own cache failed, not the client: it may try again.
_STATUS = {"replay-cache-unavailable": 503}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{status} {title}</title></head>
<body><h1>This request was refused</h1><p>{text}.</p><p>Reason: <code>{code}</code></p></body></html>
"""


def refuse(request: HttpRequest, refused: AssertionRefused) -> HttpResponse:
    """Log the refusal, tell the receivers of the signal, and answer the client."""
    # The method and the path are the client's: escaped, a line of the log stays one line.
    where = f"{escape_uri_path(request.method or '')} {escape_uri_path(request.path)}"
    _log.warning("refused %s: %s", where, refused, extra={"countersign_code": refused.code})
    request_refused.send_robust(sender=None, request=request, code=refused.code)
    status = _STATUS.get(refused.code, 403)
    text = REASONS[refused.code]
    if _wants_page(request):
        title = "Forbidden" if status == 403 else "Service unavailable"  # noqa: PLR2004 - the two of _STATUS
        sentence = escape(text[:1].upper() + text[1:])
        page = _PAGE.format(status=status, title=title, text=sentence, code=escape(refused.code))
        response = HttpResponse(page, status=status, content_type="text/html; charset=utf-8")
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    else:
        response = HttpResponse(
            json.dumps(problem(refused.code, status)), status=status, content_type="application/problem+json"
        )
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def problem(code: str, status: int = 403) -> dict[str, object]:
    """Return the members of RFC 9457; `reason` is the code, as in the gateway's refusals."""
    return {
        "type": f"urn:countersign:reason:{code}",
        "title": REASONS[code],
        "status": status,
        "reason": code,
    }


def _wants_page(request: HttpRequest) -> bool:
    mode = request.META.get("HTTP_SEC_FETCH_MODE")
    if mode is not None:
        return bool(mode == "navigate")
    return "text/html" in request.META.get("HTTP_ACCEPT", "")
