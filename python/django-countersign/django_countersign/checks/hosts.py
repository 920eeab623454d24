"""Which hosts Django answers for, and what it tells about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator


def any_host_is_allowed() -> Iterator[Found]:
    """`ALLOWED_HOSTS` has `*`.

    Django's CSRF check compares `Origin` with `Host`. If any `Host` counts, a page of any name that points
    at the app (DNS rebinding) is same-origin to it, for each request that goes around the gateway.
    """
    if "*" in settings.ALLOWED_HOSTS:
        yield Found(
            "ALLOWED_HOSTS has '*': any page whose name points at the app is same-origin to it.",
            'Write ALLOWED_HOSTS = ["app.example.com"], with the hosts of the gateway\'s site.',
        )


def debug_is_on() -> Iterator[Found]:
    """`DEBUG` is on.

    Error pages then show the code's variables, the settings and every identity header to whoever causes an
    error.
    """
    if settings.DEBUG:
        yield Found("DEBUG is on: error pages show variables, settings and headers.", "Write DEBUG = False.")
