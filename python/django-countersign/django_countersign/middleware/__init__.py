"""The three middlewares, in the order in which MIDDLEWARE must have them.

1. `CountersignMiddleware`, first: nothing else of the app sees a request that the gateway did not send.
2. `SessionBindingMiddleware`, right after `SessionMiddleware`: a session belongs to one certificate.
3. `CertificateLoginMiddleware`, after `AuthenticationMiddleware`, optional: the certificate is the login.
"""

from typing import TYPE_CHECKING, Any

from django_countersign.middleware.session import SessionBindingMiddleware
from django_countersign.middleware.verification import CountersignMiddleware

if TYPE_CHECKING:
    from django_countersign.middleware.login import CertificateLoginMiddleware

__all__ = ["CertificateLoginMiddleware", "CountersignMiddleware", "SessionBindingMiddleware"]


def __getattr__(name: str) -> Any:
    """Load the login only when it is asked for: a project without django.contrib.auth has no users."""
    if name == "CertificateLoginMiddleware":
        from django_countersign.middleware.login import CertificateLoginMiddleware  # noqa: PLC0415

        return CertificateLoginMiddleware
    raise AttributeError(name)
