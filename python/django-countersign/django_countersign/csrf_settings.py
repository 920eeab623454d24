"""The settings that CsrfViewMiddleware's verdict depends on, for a gateway that checks the token first.

Nothing in it is secret: names, hosts and switches. The gateway reads the file as `[site.django] settings`.
"""

from __future__ import annotations

import json
from typing import Any

import django
from django.conf import settings

FORMAT = 1
NAMES = (
    "ALLOWED_HOSTS",
    "DEBUG",
    "USE_X_FORWARDED_HOST",
    "USE_X_FORWARDED_PORT",
    "SECURE_PROXY_SSL_HEADER",
    "CSRF_TRUSTED_ORIGINS",
    "CSRF_COOKIE_DOMAIN",
    "SESSION_COOKIE_DOMAIN",
    "CSRF_COOKIE_NAME",
    "CSRF_HEADER_NAME",
    "CSRF_USE_SESSIONS",
)


def export() -> str:
    """Return them as JSON, of this project."""
    values: dict[str, Any] = {name: getattr(settings, name) for name in NAMES}
    exported = {"format": FORMAT, "django": django.get_version(), "settings": values}
    # A lazy text, which some projects have there, is the text; lists and tuples are lists.
    return json.dumps(exported, indent=2, default=str) + "\n"
