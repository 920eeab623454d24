"""`manage.py countersign settings`: what the gateway's token check depends on, and nothing secret."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import django
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings
from django.utils.functional import lazystr

from django_countersign import csrf_settings


class ExportTests(SimpleTestCase):
    """The file that the gateway reads."""

    @override_settings(
        ALLOWED_HOSTS=["app.example.com", lazystr(".example.com")],
        CSRF_TRUSTED_ORIGINS=("https://partner.example",),
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        CSRF_COOKIE_NAME="xsrf",
        SECRET_KEY="the secret key",
    )
    def test_all_of_it_and_nothing_secret(self) -> None:
        out = io.StringIO()
        call_command("countersign", "settings", stdout=out)
        exported = json.loads(out.getvalue())
        self.assertEqual((exported["format"], exported["django"]), (1, django.get_version()))
        settings = exported["settings"]
        self.assertEqual(tuple(settings), csrf_settings.NAMES)
        self.assertEqual(settings["ALLOWED_HOSTS"], ["app.example.com", ".example.com"])
        self.assertEqual(settings["CSRF_TRUSTED_ORIGINS"], ["https://partner.example"])
        self.assertEqual(settings["SECURE_PROXY_SSL_HEADER"], ["HTTP_X_FORWARDED_PROTO", "https"])
        self.assertEqual(settings["CSRF_COOKIE_NAME"], "xsrf")
        self.assertIsNone(settings["CSRF_COOKIE_DOMAIN"])
        self.assertNotIn("the secret key", out.getvalue())

    def test_to_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "csrf-settings.json"
            call_command("countersign", "settings", "--output", str(file))
            self.assertEqual(file.read_text("utf-8"), csrf_settings.export())
            with self.assertRaises(CommandError):
                call_command("countersign", "settings", "--output", f"{folder}/nowhere/file.json")
