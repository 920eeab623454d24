"""A Django app that answers with every header that reached it, whatever serves it.

Run it behind the gateway only: it shows all it knows. `python echo.py` is Django's own server.
"""

from __future__ import annotations

import os
import sys

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import re_path

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        SECRET_KEY="for tests of headers",
    )


def echo(request: HttpRequest) -> JsonResponse:
    """META as Django made it, and under ASGI the fields as the server had them."""
    # Django's own server puts the environment of its process into META.
    meta = {key: value for key, value in request.META.items() if isinstance(value, str) and key not in os.environ}
    scope = request.scope["headers"] if isinstance(request, ASGIRequest) else []
    fields = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope]
    body = request.body.decode("latin-1")
    return JsonResponse({"meta": meta, "scope": fields, "body": body, "server": request.META.get("SERVER_SOFTWARE")})


urlpatterns = [re_path("", echo)]

django.setup()
wsgi = get_wsgi_application()
asgi = get_asgi_application()

if __name__ == "__main__":
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", "127.0.0.1:0"])
