# ruff: noqa: D401 - the first line of a docstring is the title of the check
"""Flags of the session and CSRF cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE")


def cookie_is_not_secure() -> Iterator[Found]:
    """A cookie may go over plain http.

    Whoever can answer for `http://` of the same name (a hotel network can) reads it, or plants one of
    their own: with a planted CSRF cookie and a token that fits, Django's token check passes.
    """
    for name in _cookies():
        if not getattr(settings, f"{name}_SECURE"):
            yield Found(f"{name}_SECURE is off.", f"Write {name}_SECURE = True.", obj=name)


def session_is_readable_by_scripts() -> Iterator[Found]:
    """Scripts can read the session cookie.

    One injected script then takes the session away, to use it elsewhere. (`CSRF_COOKIE_HTTPONLY` is
    another matter: the token is in the page anyway, and scripts fill `X-CSRFToken` from the cookie.)
    """
    if not settings.SESSION_COOKIE_HTTPONLY:
        yield Found("SESSION_COOKIE_HTTPONLY is off.", "Write SESSION_COOKIE_HTTPONLY = True.")


def cookie_goes_cross_site() -> Iterator[Found]:
    """A cookie goes along with requests from other sites.

    `SameSite=None` sends it with every request of every page, as a certificate is. `False` leaves the
    attribute out, which browsers read in different ways (Chromium sends it with a top-level POST for two
    minutes).
    """
    for name in _cookies():
        value = getattr(settings, f"{name}_SAMESITE")
        if not value or str(value).lower() == "none":
            yield Found(f"{name}_SAMESITE is {value!r}.", f'Write {name}_SAMESITE = "Lax".', obj=name)


def cookie_is_shared_with_other_hosts() -> Iterator[Found]:
    """A cookie has a `Domain`, so every host below it has the cookie too.

    A page on any of those hosts can read or overwrite it. With `CSRF_COOKIE_DOMAIN` set, Django's
    `Referer` check accepts every host below the domain as well. Without `Domain` the cookie belongs to the
    one host that set it.
    """
    for name in _cookies():
        domain = getattr(settings, f"{name}_DOMAIN")
        if domain:
            yield Found(
                f"{name}_DOMAIN is {domain!r}: every host below it gets the cookie and can replace it.",
                f"Remove {name}_DOMAIN.",
                obj=name,
            )


def _cookies() -> list[str]:
    # With CSRF_USE_SESSIONS there is no CSRF cookie whose flags could matter.
    return ["SESSION_COOKIE"] if settings.CSRF_USE_SESSIONS else list(COOKIES)
