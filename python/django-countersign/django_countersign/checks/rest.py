# ruff: noqa: D401 - the first line of a docstring is the title of the check
"""Whether REST framework's defaults leave views without a proof of intent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings

from django_countersign.checks.check import Found
from django_countersign.inventory.authenticators import Authenticator, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTEAD = (
    'Write REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES":'
    ' ["django_countersign.rest_framework.ClientCertificateAuthentication"]}.'
)


def default_skips_csrf() -> Iterator[Found]:
    """A default authentication class takes what a browser attaches, and checks no CSRF token.

    REST framework exempts every API view from Django's check and leaves it to the authentication class.
    `RemoteUserAuthentication`, a class that reads a certificate header or a cookie, and a
    `SessionAuthentication` whose `enforce_csrf()` was emptied check nothing: any page can post to every
    API view as whoever holds the certificate.
    """
    for one in _defaults():
        if one.kind == "ambient":
            yield Found(f"{one.path} in DEFAULT_AUTHENTICATION_CLASSES {one.why}.", INSTEAD, obj=one.path)


def default_takes_passwords() -> Iterator[Found]:
    """A default authentication class takes a password that a browser keeps.

    A browser that was asked for a password once sends it again with every request to the host, whichever
    page caused it, and `BasicAuthentication` checks no CSRF token. It is one of REST framework's own
    defaults.
    """
    for one in _defaults():
        if one.kind == "password":
            yield Found(f"{one.path} in DEFAULT_AUTHENTICATION_CLASSES {one.why}.", INSTEAD, obj=one.path)


def _defaults() -> list[Authenticator]:
    if not (apps.is_installed("rest_framework") or hasattr(settings, "REST_FRAMEWORK")):
        return []
    try:
        from rest_framework import authentication  # noqa: F401, PLC0415 - optional, and `judge` looks for it
        from rest_framework.settings import api_settings  # noqa: PLC0415
    except ImportError:
        return []
    classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES  # its type stubs say names
    return [judge(one) for one in classes]
