"""Which key file the app verifies with, and that it says so if there is none."""

import os
from pathlib import Path
from unittest import mock

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from bank_site import key_file

NAMES = ("BANK_ASSERTION_KEYS", "COUNTERSIGN_KEYS")


class KeyFileTests(SimpleTestCase):
    """Each test has neither variable at first, and no file in the usual place."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.dict("os.environ"))
        for name in NAMES:
            os.environ.pop(name, None)
        self.enterContext(mock.patch.object(key_file, "_DEFAULT", Path("/nonexistent/default")))

    def test_the_banks_own_variable_wins(self) -> None:
        self.assertEqual(key_file.key_file(), Path("/nonexistent/default"))
        for name in reversed(NAMES):
            with mock.patch.dict("os.environ", {name: f"/{name}"}):
                self.assertEqual(key_file.key_file(), Path(f"/{name}"))
                os.environ["COUNTERSIGN_KEYS"] = "/other"
                os.environ["BANK_ASSERTION_KEYS"] = "/own"
                self.assertEqual(key_file.key_file(), Path("/own"))

    def test_serving_without_one_is_refused_with_the_name_of_the_variable(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "BANK_ASSERTION_KEYS is not set"):
            key_file.require_key_file()

    def test_a_named_file_may_come_later(self) -> None:
        with mock.patch.dict("os.environ", BANK_ASSERTION_KEYS="/nonexistent/later"):
            key_file.require_key_file()
