"""What the environment may change, and the defaults when it says nothing."""

import os
import runpy
from pathlib import Path
from typing import Any
from unittest import mock

from django.test import SimpleTestCase

SETTINGS = Path(__file__).with_name("settings.py")


def settings_with(**environment: str) -> dict[str, Any]:
    """Run the settings file anew; only BANK_* variables given here are set."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("BANK_")}
    key = {"BANK_SECRET_KEY": "for this test"}
    with mock.patch.dict("os.environ", others | key | environment, clear=True):
        return runpy.run_path(str(SETTINGS))


class SettingsTests(SimpleTestCase):
    """Safe unless asked otherwise."""

    def test_defaults(self) -> None:
        settings = settings_with()
        self.assertFalse(settings["BANK_ECHO"])
        self.assertFalse(settings["DEBUG"])
        self.assertEqual(
            settings["ALLOWED_HOSTS"], ["localhost", "127.0.0.1", "[::1]", ".localhost"]
        )
        self.assertEqual(settings["DATABASE_PATH"], SETTINGS.parent.parent / "db.sqlite3")
        assertion = settings["COUNTERSIGN"]
        self.assertEqual((assertion["AUDIENCE"], assertion["ALGORITHM"]), ("localhost", "HS256"))

    def test_the_environment_decides(self) -> None:
        settings = settings_with(BANK_ECHO="1", BANK_HOSTS="a.example, b.example,", BANK_DB="/x/y")
        self.assertTrue(settings["BANK_ECHO"])
        self.assertEqual(settings["ALLOWED_HOSTS"], ["a.example", "b.example"])
        self.assertEqual(settings["DATABASE_PATH"], Path("/x/y"))

    def test_the_environment_says_how_assertions_are_verified(self) -> None:
        settings = settings_with(
            BANK_ASSERTION_KEYS="/k",
            BANK_ASSERTION_AUDIENCE="bank",
            BANK_ASSERTION_ALGORITHM="ES256",
        )
        assertion = settings["COUNTERSIGN"]
        self.assertEqual(assertion["KEYS"], Path("/k"))
        self.assertEqual((assertion["AUDIENCE"], assertion["ALGORITHM"]), ("bank", "ES256"))

    def test_only_1_switches_on(self) -> None:
        for text in ["", "0", "true"]:
            self.assertFalse(settings_with(BANK_ECHO=text)["BANK_ECHO"])
