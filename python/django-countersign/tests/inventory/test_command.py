"""`manage.py countersign inventory`: what it prints, what it compares, how it exits."""

import json
import tempfile
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from unittest import skipUnless

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tests.inventory_app import views


def project(*patterns):
    return override_settings(ROOT_URLCONF=type("urls", (), {"urlpatterns": list(patterns)}))


SAFE = path("page", views.form)
OPEN = path("hook", views.exempt)
TOKEN = path("webhook", views.webhook)


class CommandTests(SimpleTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "baseline.json"

    def run_it(self, *patterns, **options):
        """Return exit code, standard output, standard error."""
        out, err = StringIO(), StringIO()
        with project(*patterns):
            try:
                call_command("countersign", "inventory", stdout=out, stderr=err, no_color=True, **options)
            except SystemExit as exit_:
                return exit_.code, out.getvalue(), err.getvalue()
            except CommandError as error:
                return error.returncode, out.getvalue(), str(error)
        return 0, out.getvalue(), err.getvalue()

    def remember(self, *patterns):
        self.assertEqual(self.run_it(*patterns, write_baseline=self.file)[0], 0)

    def compared(self, *patterns):
        return self.run_it(*patterns, baseline=self.file)

    def test_prints_and_succeeds_without_a_question(self):
        code, out, err = self.run_it(OPEN)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("/hook", out)

    def test_fail_on_forgeable(self):
        self.assertEqual(self.run_it(SAFE, TOKEN, fail_on="forgeable")[0], 0)
        code, _, err = self.run_it(SAFE, OPEN, fail_on="forgeable")
        self.assertEqual(code, 1)
        self.assertTrue(
            err.startswith("error: /hook (tests.inventory_app.views.exempt): csrf_exempt on the view;")
        )

    def test_fail_on_unknown(self):
        self.assertEqual(self.run_it(SAFE, fail_on="unknown")[0], 0)
        self.assertEqual(self.run_it(TOKEN, fail_on="unknown")[0], 1)
        self.assertEqual(self.run_it(OPEN, fail_on="unknown")[0], 1)

    def test_baseline_has_the_open_endpoints_and_no_lines(self):
        self.remember(SAFE, OPEN)
        self.assertEqual(
            json.loads(self.file.read_text("utf-8")),
            {
                "version": 1,
                "endpoints": [
                    {
                        "pattern": "/hook",
                        "view": "tests.inventory_app.views.exempt",
                        "methods": ["POST"],
                        "exempt": True,
                        "forgeable": "yes",
                    }
                ],
            },
        )

    def test_known_endpoints_pass(self):
        self.remember(SAFE, OPEN, TOKEN)
        self.assertEqual(self.compared(SAFE, OPEN, TOKEN)[0], 0)

    def test_new_safe_endpoint_passes(self):
        self.remember(OPEN)
        self.assertEqual(self.compared(OPEN, SAFE)[0], 0)

    def test_new_open_endpoint_fails_and_is_named(self):
        self.remember(OPEN)
        code, _, err = self.compared(OPEN, path("more", views.exempt))
        self.assertEqual(code, 1)
        self.assertIn("error: /more (tests.inventory_app.views.exempt): new and forgeable: csrf_exempt", err)
        self.assertNotIn("/hook", err)

    def test_new_exempt_endpoint_fails_even_if_it_is_guarded(self):
        self.remember(OPEN)
        code, _, err = self.compared(OPEN, path("again", views.protected_again))
        self.assertEqual(code, 1)
        self.assertIn("/again (tests.inventory_app.views.protected_again): new and exempt", err)

    @skipUnless(find_spec("rest_framework"), "REST framework is not installed")
    def test_new_api_view_passes_if_its_classes_are_sound(self):
        from rest_framework.authentication import SessionAuthentication, TokenAuthentication  # noqa: PLC0415

        from tests.inventory_app.api import api  # noqa: PLC0415

        self.remember(OPEN)
        self.assertEqual(
            self.compared(OPEN, path("api", api(SessionAuthentication, TokenAuthentication)))[0], 0
        )

    def test_endpoint_that_became_exempt_fails(self):
        self.remember(path("hook", views.plain))
        self.assertEqual(self.compared(path("hook", csrf_exempt(views.plain)))[0], 1)

    def test_worse_verdict_fails(self):
        self.remember(TOKEN)
        text = self.file.read_text("utf-8").replace('"unknown"', '"no"')
        self.file.write_text(text, "utf-8")
        code, _, err = self.compared(TOKEN)
        self.assertEqual(code, 1)
        self.assertIn("perhaps forgeable now", err)

    def test_another_method_fails(self):
        def taking(*methods):
            return path("hook", csrf_exempt(require_http_methods(methods)(views.plain)))

        self.remember(taking("POST"))
        self.assertEqual(self.compared(taking("GET", "POST"))[0], 0)
        code, _, err = self.compared(taking("POST", "DELETE"))
        self.assertEqual(code, 1)
        self.assertIn("takes DELETE now", err)
        self.assertEqual(self.compared(path("hook", csrf_exempt(views.plain)))[0], 1)

    def test_closed_endpoint_is_told_and_passes(self):
        self.remember(SAFE, OPEN)
        code, _, err = self.compared(SAFE)
        self.assertEqual(code, 0)
        self.assertIn("note: /hook (tests.inventory_app.views.exempt) is no longer open", err)

    def test_usage_errors_exit_2(self):
        self.assertEqual(self.run_it(OPEN, baseline=self.file)[0], 2)  # there is none
        for text in ("", "[]", "{}", '{"version": 2, "endpoints": []}', '{"version": 1, "endpoints": [{}]}'):
            with self.subTest(text):
                self.file.write_text(text, "utf-8")
                self.assertEqual(self.run_it(OPEN, baseline=self.file)[0], 2)
        self.assertEqual(self.run_it(OPEN, urlconf="tests.no_such_urls")[0], 2)
        self.assertEqual(self.run_it(OPEN, write_baseline=self.file / "below" / "a-file")[0], 2)

    def test_unknown_format_is_refused(self):
        with self.assertRaises(CommandError):
            call_command("countersign", "inventory", "--format", "yaml")

    def test_other_urlconf(self):
        _, out, _ = self.run_it(OPEN, urlconf="tests.inventory_app.guarded")
        self.assertIn("/machine-outside", out)
        self.assertNotIn("/hook", out)
