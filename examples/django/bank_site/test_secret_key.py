"""The generated secret key: stable, private, and shared by workers that start together."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.test import SimpleTestCase

from bank_site.secret_key import secret_key


class SecretKeyTests(SimpleTestCase):
    """Each test has a folder of its own and no key in the environment."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(mock.patch.dict("os.environ"))
        os.environ.pop("BANK_SECRET_KEY", None)

    def test_is_made_once_and_only_the_owner_can_read_it(self) -> None:
        first = secret_key(beside=self.folder / "bank.db")
        self.assertGreaterEqual(len(first), 50)
        self.assertEqual(secret_key(beside=self.folder / "bank.db"), first)
        (file,) = self.folder.iterdir()
        self.assertEqual(file.name, "bank.db.secret")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)

    def test_another_database_has_another_key(self) -> None:
        one = secret_key(beside=self.folder / "one.db")
        self.assertNotEqual(secret_key(beside=self.folder / "two.db"), one)

    def test_workers_that_start_together_agree(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(lambda _: secret_key(beside=self.folder / "bank.db"), range(32)))
        self.assertEqual(len(keys), 1)

    def test_the_environment_wins_and_writes_nothing(self) -> None:
        with mock.patch.dict("os.environ", BANK_SECRET_KEY="from-env"):
            self.assertEqual(secret_key(beside=self.folder / "bank.db"), "from-env")
        self.assertEqual(list(self.folder.iterdir()), [])
