# ruff: noqa: ARG002 - views take a request and do nothing with it
"""The fixture project and its inventory, taken once per set of settings."""

from django.conf import settings
from django.middleware.csrf import CsrfViewMiddleware
from django.test import override_settings

from django_countersign import inventory

SETTINGS = {
    "ROOT_URLCONF": "tests.inventory_app.urls",
    "INSTALLED_APPS": [*settings.INSTALLED_APPS, "django.contrib.admin", "django.contrib.messages"],
    "LANGUAGE_CODE": "en",
    "LANGUAGES": [("en", "English"), ("de", "Deutsch")],
}


def inventory_project():
    return override_settings(**SETTINGS)


def by_pattern(urlconf=None):
    return {one.pattern: one for one in inventory.take(urlconf)}


class LenientCsrf(CsrfViewMiddleware):
    def process_view(self, request, callback, callback_args, callback_kwargs):
        return None


class TrustingCsrf(CsrfViewMiddleware):
    allowed_origins_exact = {"https://evil.example"}


class NamedCsrf(CsrfViewMiddleware):
    """Sets the cookie in its own way, and asks for the token in Django's."""

    purpose = "audit"

    def process_response(self, request, response):
        return response
