"""Django REST framework: authentication by certificate that keeps CSRF protection.

A certificate is sent by the browser on its own, as a cookie is, so to authenticate by it without a proof of
intent hands the user's rights to every page (which is what RemoteUserAuthentication does). For an unsafe
method this class takes the gateway's evidence, and without any it asks for Django's own CSRF token.

    REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "django_countersign.rest_framework.ClientCertificateAuthentication",
        ],
    }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import authenticate

from django_countersign.conf import config
from django_countersign.request import SAFE_METHODS, assertion_of, identity_of

try:
    from rest_framework.authentication import SessionAuthentication
    from rest_framework.exceptions import AuthenticationFailed
except ImportError as error:
    raise ImportError(
        "django_countersign.rest_framework needs djangorestframework to be installed"
    ) from error

if TYPE_CHECKING:
    from rest_framework.request import Request

    from django_countersign.identity import ClientIdentity


class ClientCertificateAuthentication(SessionAuthentication):
    """`request.user` is the certificate's user and `request.auth` its identity.

    SessionAuthentication lends its CSRF check; sessions are not looked at.
    """

    def authenticate(self, request: Request) -> tuple[Any, ClientIdentity] | None:
        """Return the user and the identity, or None for a client without a certificate."""
        django_request = request._request
        identity = identity_of(django_request)
        if identity is None:
            return None
        user = getattr(django_request, "certificate_user", None) or authenticate(
            django_request, client_identity=identity
        )
        if user is None:
            raise AuthenticationFailed("The client certificate names no user.", code="certificate-unknown")
        assertion = assertion_of(django_request)
        if request.method not in SAFE_METHODS and (assertion is None or not assertion.intent_proved()):
            self.enforce_csrf(request)
        return user, identity

    def authenticate_header(self, request: Request) -> str:
        """Answer 401 with a challenge: no scheme is registered for certificates, so this one is ours."""
        del request
        return f'Certificate realm="{config().audience}"'
