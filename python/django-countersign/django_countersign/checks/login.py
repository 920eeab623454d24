"""Whether a login by certificate can find its user."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from django.conf import settings

from django_countersign import conf
from django_countersign.checks.check import Found
from django_countersign.inventory import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

BACKEND = "django_countersign.backends.ClientCertificateBackend"


def backend_is_missing() -> Iterator[Found]:
    """Login by certificate is configured, but no backend does it.

    `COUNTERSIGN["USER"]` says how a certificate finds its user, or `CertificateLoginMiddleware` is there;
    without `ClientCertificateBackend` in `AUTHENTICATION_BACKENDS` nobody is ever logged in, and a session
    that names the backend is thrown away.
    """
    backend = _class("backends", "ClientCertificateBackend")
    if installed.position(backend, installed.backends()) is None and _logs_in():
        yield Found(
            "login by certificate is configured, and AUTHENTICATION_BACKENDS lacks its backend.",
            f'Put "{BACKEND}" into AUTHENTICATION_BACKENDS.',
        )


def _logs_in() -> bool:
    checked, _ = conf.read(getattr(settings, conf.SETTING, None))
    if checked is not None and checked.user is not None:
        return True
    login = _class("middleware", "CertificateLoginMiddleware")
    return installed.position(login, installed.middleware()) is not None


def _class(module: str, name: str) -> type:
    return cast("type", getattr(import_module(f"django_countersign.{module}"), name))
