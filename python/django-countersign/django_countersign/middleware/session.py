"""A session belongs to one certificate, or to clients without one. Another's session is flushed.

A stolen, planted or shared session cookie is then worth nothing under another certificate. What a session
belongs to is decided by `BIND_SESSION`: "identity" (default) is issuer, subject and alternative names, so
that a renewed certificate keeps its session, as the gateway's `bind_cookies` does; "fingerprint" is the
certificate itself. An empty session belongs to nobody yet. One that was filled without a certificate does
not pass to a certificate: whoever planted it would know what is in it.
"""

from __future__ import annotations

import json
import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from django_countersign.conf import config
from django_countersign.request import identity_of
from django_countersign.signals import session_flushed

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Callable

    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from django_countersign.identity import ClientIdentity

_log = logging.getLogger("django_countersign")

SESSION_KEY = "_countersign_owner"


class SessionBindingMiddleware:
    """Right after `SessionMiddleware` in MIDDLEWARE."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Flush another's session before the app sees it; mark this client's own after."""
        if self._is_async:
            return self._acall(request)
        if _brings_session(request):
            flush_unless_own(request)
        response = cast("HttpResponseBase", self.get_response(request))
        mark_as_own(request)
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        if _brings_session(request):
            await sync_to_async(flush_unless_own)(request)
        response = cast("HttpResponseBase", await self.get_response(request))
        mark_as_own(request)
        return response


def owner(identity: ClientIdentity | None) -> str:
    """Return what stands in a session for whom it belongs to; nothing for clients without certificate."""
    if identity is None:
        return ""
    if config().bind_session == "fingerprint":
        return identity.fingerprint
    names = {name: sorted(values) for name, values in sorted(vars(identity.sans).items())}
    said = json.dumps([identity.issuer, identity.subject, names], separators=(",", ":"))
    return sha256(said.encode()).hexdigest()


def flush_unless_own(request: HttpRequest) -> None:
    """Flush the session that the request brings if it belongs to somebody else."""
    session = _session(request)
    # `keys` reads it: a session id that the store does not know is empty, and belongs to nobody.
    if session.keys() and session.get(SESSION_KEY, "") != owner(identity_of(request)):
        session.flush()
        _log.warning("a session was used by another client than the one it belongs to, and was flushed")
        session_flushed.send_robust(sender=None, request=request)


def mark_as_own(request: HttpRequest) -> None:
    """Mark the session that the app has filled. Needs no store: it looks only at what was loaded."""
    session = _session(request)
    mine = owner(identity_of(request))
    if (
        session.accessed
        and not session.is_empty()
        and session.keys()
        and session.get(SESSION_KEY, "") != mine
    ):
        session[SESSION_KEY] = mine


def _brings_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _session(request: HttpRequest) -> SessionBase:
    session = getattr(request, "session", None)
    if session is None:
        raise ImproperlyConfigured(
            "SessionBindingMiddleware needs request.session: put it after SessionMiddleware in MIDDLEWARE"
        )
    return cast("SessionBase", session)
