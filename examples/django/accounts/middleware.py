"""Login by client certificate: the session follows the certificate of each request.

It believes the gateway's headers; `accounts.identity` says when that is safe.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from accounts.identity import certificate_subject
from accounts.subject import SubjectError

SESSION_SUBJECT = "certificate_subject"

_log = logging.getLogger(__name__)

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


def without_session(view: _View) -> _View:
    """Mark a view that needs no session: an API client keeps none, each call would add a row."""
    view.without_certificate_session = True  # type: ignore[attr-defined]
    return view


class CertificateLoginMiddleware(MiddlewareMixin):
    """Logs in, rotates and logs out, under WSGI and ASGI alike.

    `process_view` runs after CsrfViewMiddleware's, whose verdict needs no user.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Bring the session in line with the certificate, or refuse one that names nobody."""
        if getattr(view_func, "without_certificate_session", False):
            return None
        try:
            follow_certificate(request, certificate_subject(request.META))
        except SubjectError as error:
            _log.warning("certificate refused: %s", error)
            logout(request)
            return HttpResponse(f"{error}\n", status=403, content_type="text/plain; charset=utf-8")
        return None


def follow_certificate(request: HttpRequest, subject: str | None) -> None:
    """Make the session's user the one the subject names, and nobody without a subject."""
    if subject is None:
        if request.user.is_authenticated:
            logout(request)
        return
    if request.user.is_authenticated and request.session.get(SESSION_SUBJECT) == subject:
        return
    user = authenticate(request, certificate_subject=subject)
    # Another certificate gets nothing of the session that it found.
    logout(request)
    if user is not None:
        login(request, user)
        request.session[SESSION_SUBJECT] = subject
