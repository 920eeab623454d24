"""Ask the installed Django's CsrfViewMiddleware about requests.

Standard input: one JSON object a line, settings and a list of requests. Standard output: one line each,
the list of answers: "skip", "accept", "reject: REASON", or "error" where it raises an exception.
"""

import json
import sys
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.middleware.csrf import CsrfViewMiddleware

settings.configure(SECRET_KEY="of the test")
django.setup()


class Rejected(Exception):
    pass


class Middleware(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        raise Rejected(reason)


class Request(HttpRequest):
    https = False

    def _get_scheme(self) -> str:
        return "https" if self.https else "http"


def view() -> None:
    """Be a callback."""


def answer(middleware: Middleware, asked: dict[str, Any]) -> str:
    request = Request()
    request.method = asked["method"]
    request.https = asked["https"]
    request.META = asked["meta"]
    request.COOKIES = parse_cookie(asked["cookie"])
    request.session = {} if asked["session"] is None else {"_csrftoken": asked["session"]}
    request.POST = {} if asked["form"] is None else {"csrfmiddlewaretoken": asked["form"]}
    request._dont_enforce_csrf_checks = asked["dont_enforce"]
    if asked["processing_done"]:
        request.csrf_processing_done = True
    before = getattr(request, "csrf_processing_done", False)
    view.csrf_exempt = asked["exempt"]
    try:
        middleware.process_view(request, view, (), {})
    except Rejected as rejected:
        return f"reject: {rejected}"
    except ValueError:
        return "error"
    return "accept" if not before and getattr(request, "csrf_processing_done", False) else "skip"


for line in sys.stdin:
    batch = json.loads(line)
    for name, value in batch["settings"].items():
        setattr(settings, name, value)
    middleware = Middleware(lambda request: None)
    print(json.dumps([answer(middleware, asked) for asked in batch["requests"]]))
