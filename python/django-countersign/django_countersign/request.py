"""What the middleware puts on a request, read back with types.

Code that finds nothing there is running without the middleware, and says so: to take the absence for an
anonymous client would hide that nothing was verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_countersign.assertion import Assertion
    from django_countersign.identity import ClientIdentity

# RFC 9110 section 9.2.1, less TRACE.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_MISSING = object()


def identity_of(request: HttpRequest) -> ClientIdentity | None:
    """Return `request.client_identity`: None for a client without a certificate."""
    return cast("ClientIdentity | None", _attribute(request, "client_identity"))


def assertion_of(request: HttpRequest) -> Assertion | None:
    """Return `request.countersign`: None only for a health check, which needs no assertion."""
    return cast("Assertion | None", _attribute(request, "countersign"))


def set_on(request: HttpRequest, assertion: Assertion | None) -> None:
    """Give the request its verified identity and assertion."""
    request.countersign = assertion  # type: ignore[attr-defined]
    request.client_identity = None if assertion is None else assertion.identity  # type: ignore[attr-defined]


def _attribute(request: HttpRequest, name: str) -> object:
    value = getattr(request, name, _MISSING)
    if value is _MISSING:
        raise ImproperlyConfigured(
            f"request.{name} is not there: put django_countersign.middleware.CountersignMiddleware"
            " first into MIDDLEWARE"
        )
    return value
