"""The certificate is the login: the user of each request is the one that its certificate names.

A session that says otherwise is flushed, however its user logged in. `LOGIN = "session"` (default) logs a
browser in once, so that `user_logged_in`, `last_login` and Django's own session checks work; `"request"`
asks the database for the user of each request and touches no session. Programs (audience `machine`) never
get a session: they keep no cookies, and each call would leave a row behind.

Not for sites where the certificate is one factor beside a password: there, `SessionBindingMiddleware` and
`client_certificate_required` are enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate, load_backend, login, logout
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured

from django_countersign.backends import ClientCertificateBackend, user_mapping
from django_countersign.conf import config
from django_countersign.request import assertion_of, identity_of

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from django_countersign.identity import ClientIdentity


class CertificateLoginMiddleware:
    """After `AuthenticationMiddleware` in MIDDLEWARE."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        user_mapping()
        if not any(_is_ours(path) for path in settings.AUTHENTICATION_BACKENDS):
            raise ImproperlyConfigured(
                "CertificateLoginMiddleware needs django_countersign.backends.ClientCertificateBackend,"
                " or a subclass, in AUTHENTICATION_BACKENDS"
            )
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Bring the request's user in line with its certificate."""
        if self._is_async:
            return self._acall(request)
        follow_certificate(request)
        return cast("HttpResponseBase", self.get_response(request))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        await sync_to_async(follow_certificate)(request)
        return cast("HttpResponseBase", await self.get_response(request))


def follow_certificate(request: HttpRequest) -> None:
    """Make the request's user the one that the certificate names, and nobody if it names nobody."""
    if not hasattr(request, "user"):
        raise ImproperlyConfigured(
            "CertificateLoginMiddleware needs request.user: put it after AuthenticationMiddleware"
        )
    identity = identity_of(request)
    if identity is None:
        # Who logged in with a password here stays; who did with a certificate is not here.
        if _is_ours(request.session.get(BACKEND_SESSION_KEY, "")):
            _log_out(request)
    elif _already_follows(request, identity):
        # For `auser` too, which would read the session and the user once more.
        _set_user(request, request.user)
        request.certificate_user = request.user  # type: ignore[attr-defined]
    else:
        _follow(request, identity)


def _already_follows(request: HttpRequest, identity: ClientIdentity) -> bool:
    if config().login == "request" or not request.user.is_authenticated:
        return False
    path = request.session.get(BACKEND_SESSION_KEY, "")
    # The user may have been given another address since: the field counts, not the session.
    return _is_ours(path) and _backend(path).names(request.user, identity)


def _follow(request: HttpRequest, identity: ClientIdentity) -> None:
    user = authenticate(request, client_identity=identity)
    assertion = assertion_of(request)
    is_program = assertion is None or assertion.audience == "machine" or assertion.basis == "machine"
    if request.user.is_authenticated and (user is None or user.pk != request.user.pk):
        _log_out(request)
    if user is None:
        return
    if config().login == "session" and not is_program:
        login(request, user)
    _set_user(request, user)
    # For others who ask for the certificate's user: asking once is enough.
    request.certificate_user = user  # type: ignore[attr-defined]


def _log_out(request: HttpRequest) -> None:
    logout(request)
    _set_user(request, AnonymousUser())


def _set_user(request: HttpRequest, user: Any) -> None:
    async def auser() -> Any:
        return user

    request.user = user
    request.auser = auser


def _is_ours(path: str) -> bool:
    return path in settings.AUTHENTICATION_BACKENDS and isinstance(
        load_backend(path), ClientCertificateBackend
    )


def _backend(path: str) -> ClientCertificateBackend:
    return cast("ClientCertificateBackend", load_backend(path))
