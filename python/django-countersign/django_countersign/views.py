"""Mixins for class-based views; put them first, as with Django's own.

class Payroll(ClientCertificateRequiredMixin, ListView):
    client_certificate = {"email": "*@example.com"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.views import View

from django_countersign.guards import require_certificate, require_intent, require_machine
from django_countersign.patterns import IdentityPattern, Patterns
from django_countersign.refusal import AssertionRefused
from django_countersign.refusal_response import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class _GuardMixin(View):
    countersign_guards: ClassVar[frozenset[str]] = frozenset()

    def countersign_guard(self, request: HttpRequest) -> None:
        """Raise `AssertionRefused` for a request that the view does not serve."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask the guard before the method's handler."""
        try:
            self.countersign_guard(request)
        except AssertionRefused as refused:
            response = refuse(request, refused)
            if self.view_is_async:
                return _later(response)  # type: ignore[return-value] # what View.dispatch does, too
            return response
        return super().dispatch(request, *args, **kwargs)


class ClientCertificateRequiredMixin(_GuardMixin):
    """Serve only clients with a certificate that matches `client_certificate`, if that is given."""

    client_certificate: ClassVar[Mapping[str, Patterns]] = {}
    countersign_guards = frozenset({"client-certificate-required"})

    def countersign_guard(self, request: HttpRequest) -> None:
        """Ask for the certificate."""
        require_certificate(request, IdentityPattern(**self.client_certificate))


class MachineOnlyMixin(_GuardMixin):
    """Serve only what the gateway took for a program's request."""

    countersign_guards = frozenset({"machine-only"})

    def countersign_guard(self, request: HttpRequest) -> None:
        """Ask for a program."""
        require_machine(request)


class IntentRequiredMixin(_GuardMixin):
    """Serve unsafe methods only if the gateway found evidence of intent."""

    countersign_guards = frozenset({"intent-required"})

    def countersign_guard(self, request: HttpRequest) -> None:
        """Ask for intent."""
        require_intent(request)


async def _later(response: HttpResponseBase) -> HttpResponseBase:
    return response
