"""Decorators for views, synchronous and asynchronous.

    @client_certificate_required(email="*@example.com")
    def payroll(request): ...

They do not exempt a view from Django's own CSRF check. For a program that has no cookie to answer it with,
`@csrf_exempt @machine_only` is the pair: exempt from the token, and closed to every browser.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast, overload

from asgiref.sync import iscoroutinefunction, sync_to_async

from django_countersign.guards import require_certificate, require_intent, require_machine
from django_countersign.patterns import IdentityPattern, Patterns
from django_countersign.refusal import AssertionRefused
from django_countersign.refusal_response import refuse

if TYPE_CHECKING:
    from django.http import HttpRequest

_View = TypeVar("_View", bound=Callable[..., Any])


@overload
def client_certificate_required(view: _View, /) -> _View: ...
@overload
def client_certificate_required(
    *,
    subject: Patterns = ...,
    issuer: Patterns = ...,
    dns: Patterns = ...,
    email: Patterns = ...,
    uri: Patterns = ...,
    ip: Patterns = ...,
    upn: Patterns = ...,
    bundle: Patterns = ...,
) -> Callable[[_View], _View]: ...
def client_certificate_required(view: Any = None, /, **patterns: Patterns) -> Any:
    """Serve only clients with a certificate, and with names that match if patterns are given.

    A pattern may have one `*`; of a list, one must match; of several types, each must.
    """
    pattern = IdentityPattern(**patterns)

    def guard(request: HttpRequest) -> None:
        require_certificate(request, pattern)

    def decorate(view: _View) -> _View:
        return _guarded(view, guard, "client-certificate-required")

    return decorate if view is None else decorate(view)


def machine_only(view: _View) -> _View:
    """Serve only what the gateway took for a program's request."""
    return _guarded(view, require_machine, "machine-only")


def intent_required(view: _View) -> _View:
    """Serve unsafe methods only if the gateway found evidence of intent."""
    return _guarded(view, require_intent, "intent-required")


def _guarded(view: _View, guard: Callable[[HttpRequest], None], name: str) -> _View:
    wrapper: Any
    if iscoroutinefunction(view):

        @wraps(view)
        async def async_wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                guard(request)
            except AssertionRefused as refused:
                return await sync_to_async(refuse)(request, refused)
            return await view(request, *args, **kwargs)

        wrapper = async_wrapper
    else:

        @wraps(view)
        def sync_wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                guard(request)
            except AssertionRefused as refused:
                return refuse(request, refused)
            return view(request, *args, **kwargs)

        wrapper = sync_wrapper
    # For the inventory: what protects a view is to be seen without calling it.
    wrapper.countersign_guards = getattr(view, "countersign_guards", frozenset()) | {name}
    return cast("_View", wrapper)
