"""`docs/checks.md` is what the registry says."""

import os
from pathlib import Path

from django.test import SimpleTestCase

from django_countersign.checks import CHECKS
from django_countersign.checks.page import page

FILE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


class PageTests(SimpleTestCase):
    maxDiff = None

    def test_page_is_up_to_date(self):
        written = page(CHECKS)
        if os.environ.get("UPDATE") == "1":
            FILE.write_text(written, "utf-8")
        self.assertEqual(FILE.read_text("utf-8"), written)
