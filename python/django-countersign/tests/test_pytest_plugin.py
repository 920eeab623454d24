"""The fixtures, in a pytest of their own."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase

PROJECT = """
from django_countersign.testing import make_identity


def test_a_client(countersign_client, db):
    countersign_client.client_identity = make_identity(email="alice@example.com")
    assert countersign_client.get("/who/").json()["email"] == "alice@example.com"


def test_nobody(countersign_client, db):
    assert countersign_client.get("/who/").json()["email"] is None
"""


class PluginTests(TestCase):
    def test_the_fixtures_sign(self):
        package = Path(__file__).parents[1]
        with TemporaryDirectory() as folder:
            (Path(folder) / "test_project.py").write_text(PROJECT, "utf-8")
            plugin = ["-p", "django_countersign.pytest_plugin", "-p", "no:cacheprovider"]
            run = subprocess.run(  # noqa: S603 - this very Python
                [sys.executable, "-B", "-m", "pytest", "-q", *plugin, "--rootdir", folder, folder],
                env={**os.environ, "PYTHONPATH": str(package), "DJANGO_SETTINGS_MODULE": "tests.settings"},
                capture_output=True,
                text=True,
                check=False,
            )
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("2 passed", run.stdout)
