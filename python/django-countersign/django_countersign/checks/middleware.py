"""Whether the middleware is there, and in an order in which each can rely on the one before."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from django.contrib.auth.middleware import AuthenticationMiddleware, RemoteUserMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.csrf import CsrfViewMiddleware

from django_countersign.checks.check import Found
from django_countersign.inventory import installed
from django_countersign.inventory.exemption import lifted_by

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = "django_countersign.middleware."


def countersign_is_missing() -> Iterator[Found]:
    """`CountersignMiddleware` is not in `MIDDLEWARE`.

    Nothing verifies the assertion then: a request that did not come through the gateway, or that carries
    the statement of another one, is served like any other.
    """
    if installed.position(_ours("CountersignMiddleware"), installed.middleware()) is None:
        yield Found(
            "CountersignMiddleware is not in MIDDLEWARE: no assertion is verified.",
            f'Put "{OURS}CountersignMiddleware" first in MIDDLEWARE.',
        )


def order_is_wrong() -> Iterator[Found]:
    """Middleware stands in an order that undoes it.

    `CountersignMiddleware` refuses what did not come through the gateway; whatever stands before it acts
    on such requests as well: a session is loaded, a user is logged in by a header, a CSRF cookie is made.
    `SessionBindingMiddleware` needs the session and must empty it before a user or a CSRF secret is read
    from it.
    `CertificateLoginMiddleware` needs `request.user`, and Django's CSRF check before it, so that a forged
    request does not even make a session.
    """
    present = installed.middleware()
    for first, then in _order():
        one, two = installed.position(first, present), installed.position(then, present)
        if one is not None and two is not None and one > two:
            yield Found(
                f"{present[one][0]} stands after {present[two][0]}.",
                f'Move "{present[one][0]}" before "{present[two][0]}" in MIDDLEWARE.',
                obj=first.__name__,
            )


def csrf_is_missing() -> Iterator[Found]:
    """`CsrfViewMiddleware` is not in `MIDDLEWARE`.

    A browser attaches a client certificate to a form on any page, and no `SameSite` applies to it. Without
    Django's check, only the gateway's verdict stands between such a form and a view.
    """
    if installed.position(CsrfViewMiddleware, installed.middleware()) is None:
        yield Found(
            "CsrfViewMiddleware is not in MIDDLEWARE: no view asks for a CSRF token.",
            'Put "django.middleware.csrf.CsrfViewMiddleware" into MIDDLEWARE, after'
            f' "{OURS}CountersignMiddleware".',
        )


def session_binding_is_missing() -> Iterator[Found]:
    """Sessions are not bound to the certificate.

    A session cookie that was stolen, fixed or left behind in a shared browser goes on working under
    another certificate. `SessionBindingMiddleware` empties a session whose certificate changed.
    """
    present = installed.middleware()
    if installed.position(SessionMiddleware, present) is None:
        return
    if installed.position(_ours("SessionBindingMiddleware"), present) is None:
        yield Found(
            "SessionBindingMiddleware is not in MIDDLEWARE: a session outlives its certificate.",
            f'Put "{OURS}SessionBindingMiddleware" after SessionMiddleware in MIDDLEWARE.',
        )


def csrf_is_lifted() -> Iterator[Found]:
    """Middleware switches the CSRF check off.

    It sets `request._dont_enforce_csrf_checks` or `request.csrf_processing_done`, mostly for the paths of an
    API. Every view there is then open to any page in a browser that holds a certificate, and no exemption is
    to be seen on it.
    """
    for path in lifted_by():
        yield Found(
            f"{path} switches Django's CSRF check off for requests of its choice.",
            "Remove it, and put @csrf_exempt @machine_only (django_countersign.decorators) on the views that"
            " programs call.",
            obj=path,
        )


def _order() -> Iterator[tuple[type, type]]:
    """Yield each pair that must stand in this order where both are present."""
    verifies = _ours("CountersignMiddleware")
    binds, logs_in = _ours("SessionBindingMiddleware"), _ours("CertificateLoginMiddleware")
    for later in (SessionMiddleware, CsrfViewMiddleware, AuthenticationMiddleware, RemoteUserMiddleware):
        yield verifies, later
    yield verifies, binds
    yield verifies, logs_in
    yield SessionMiddleware, binds
    yield binds, CsrfViewMiddleware
    yield binds, AuthenticationMiddleware
    yield AuthenticationMiddleware, logs_in
    yield CsrfViewMiddleware, logs_in


def _ours(name: str) -> type:
    return cast("type", getattr(import_module(OURS.rstrip(".")), name))
