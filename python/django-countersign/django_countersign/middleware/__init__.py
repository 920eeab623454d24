"""The three middlewares, in the order in which MIDDLEWARE must have them.

1. `CountersignMiddleware`, first: nothing else of the app sees a request that the gateway did not send.
2. `SessionBindingMiddleware`, right after `SessionMiddleware`: a session belongs to one certificate.
3. `CertificateLoginMiddleware`, after `AuthenticationMiddleware`, optional: the certificate is the login.
"""

from django_countersign.middleware.login import CertificateLoginMiddleware
from django_countersign.middleware.session import SessionBindingMiddleware
from django_countersign.middleware.verification import CountersignMiddleware

__all__ = ["CertificateLoginMiddleware", "CountersignMiddleware", "SessionBindingMiddleware"]
