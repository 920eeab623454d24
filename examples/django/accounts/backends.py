"""Turns a verified certificate's subject into a user, made on first sight."""

import unicodedata
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.http import HttpRequest

from accounts.subject import SubjectError, common_name

_LONGEST = 150  # of User.username


class CertificateBackend(BaseBackend):
    """Names the user after the subject's CN, so the trusted CAs must give each CN to one person."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django passes it
        certificate_subject: str | None = None,
        **_credentials: Any,
    ) -> User | None:
        """Return the user, or None if no certificate was given or the user was deactivated."""
        if certificate_subject is None:
            return None
        username = username_of(certificate_subject)
        user, _ = User.objects.get_or_create(
            username=username, defaults={"password": make_password(None)}
        )
        return user if user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """Return the session's user unless deactivated since."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def username_of(subject: str) -> str:
    """Return the CN if it can be nobody else's: two names that look alike must not be one user."""
    name = common_name(subject)
    if not name or len(name) > _LONGEST:
        raise SubjectError(f"expected a common name of 1 to {_LONGEST} characters: {subject!r}")
    if not name.isprintable() or name != name.strip():
        raise SubjectError(f"the common name has characters that don't show: {subject!r}")
    if name != unicodedata.normalize("NFKC", name):
        raise SubjectError(f"the common name is not in normal form (NFKC): {subject!r}")
    return name
