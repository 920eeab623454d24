"""What a view may demand of a request, as one function each; decorators and mixins call these.

Each raises `AssertionRefused`. A health check, which has no assertion, meets no demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_countersign.refusal import AssertionRefused
from django_countersign.request import SAFE_METHODS, assertion_of, identity_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_countersign.patterns import IdentityPattern


# What only a program can have shown.
_OF_PROGRAMS = frozenset({"machine", "api-key"})


def require_certificate(request: HttpRequest, pattern: IdentityPattern) -> None:
    """Demand a verified certificate whose names match."""
    identity = identity_of(request)
    if identity is None:
        raise AssertionRefused("client-certificate-required", "no certificate")
    if not pattern.matches(identity):
        raise AssertionRefused("client-certificate-required", f"{identity.subject!r} does not match")


def require_machine(request: HttpRequest) -> None:
    """Demand that the gateway took the request for a program's: by its route, or by what proved intent."""
    assertion = assertion_of(request)
    if assertion is None or (assertion.audience != "machine" and assertion.basis not in _OF_PROGRAMS):
        raise AssertionRefused("machine-only")


def require_intent(request: HttpRequest) -> None:
    """Demand evidence of intent for every method but GET, HEAD and OPTIONS, which must change nothing."""
    assertion = assertion_of(request)
    if request.method not in SAFE_METHODS and (assertion is None or not assertion.intent_proved()):
        raise AssertionRefused("intent-not-proved", f"basis {assertion and assertion.basis!r}")
