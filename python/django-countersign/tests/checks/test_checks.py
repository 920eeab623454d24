"""Each check fires on what it is about and is quiet on what is right; `cases` has both."""

import os
import re
from contextlib import ExitStack
from importlib.util import find_spec
from unittest import skipIf

from django.core.checks import ERROR, WARNING, run_checks
from django.test import SimpleTestCase, override_settings

from django_countersign.checks import CHECKS
from tests.checks.cases import COUNTERSIGN, FIRES, GOOD, QUIET, SECRET, key_file, without

BY_CODE = {check.code: check for check in CHECKS}
NEEDS_REST = {"E020", "W021"}


def messages(code, case):
    with ExitStack() as stack:
        stack.enter_context(override_settings(**GOOD))
        stack.enter_context(case() if callable(case) else override_settings(**case))
        return BY_CODE[code].messages()


class CaseTests(SimpleTestCase):
    def test_every_check_has_cases_and_every_case_a_check(self):
        self.assertEqual(set(FIRES), set(BY_CODE))
        self.assertEqual(set(QUIET), set(BY_CODE))
        self.assertTrue(all(FIRES.values()))

    def test_each_fires(self):
        for code, cases in FIRES.items():
            if code in NEEDS_REST and not find_spec("rest_framework"):
                continue
            for number, case in enumerate(cases):
                with self.subTest(code, case=number):
                    found = messages(code, case)
                    self.assertTrue(found)
                    for message in found:
                        self.assertEqual(message.id, f"countersign.{code}")
                        self.assertTrue(message.msg.endswith("."), message.msg)
                        self.assertTrue(message.hint.endswith("."), message.hint)
                        self.assertEqual(message.level, ERROR if code.startswith("E") else WARNING)

    def test_each_is_quiet_on_a_project_that_is_right(self):
        for code in BY_CODE:
            with self.subTest(code):
                self.assertEqual(messages(code, lambda: key_file(SECRET)), [])

    def test_each_is_quiet_on_what_it_is_not_about(self):
        for code, cases in QUIET.items():
            for number, case in enumerate(cases):
                with self.subTest(code, case=number):
                    self.assertEqual(messages(code, case), [])

    def test_message_names_what_was_seen(self):
        (one,) = messages("E010", FIRES["E010"][0])
        self.assertIn("X-Ssl-Client-S-Dn", one.msg)
        (one,) = messages("E081", FIRES["E081"][0])
        self.assertIn("has mode 640, expected 600", one.msg)
        (one,) = messages("E002", FIRES["E002"][5])
        self.assertIn("middleware.AuthenticationMiddleware stands after", one.msg)

    @skipIf(os.name != "posix" or os.geteuid() == 0, "root reads every file")
    def test_unreadable_key_file(self):
        self.assertTrue(messages("E080", lambda: key_file(SECRET, mode=0o000)))


class RegistryTests(SimpleTestCase):
    def test_codes_are_unique_and_stable_in_form(self):
        codes = [check.code for check in CHECKS]
        self.assertEqual(len(codes), len(set(codes)))
        numbers = [code[1:] for code in codes]
        self.assertEqual(numbers, sorted(numbers))
        self.assertTrue(all(re.fullmatch(r"[EW]\d{3}", code) for code in codes))

    def test_each_has_a_title_and_says_why(self):
        for check in CHECKS:
            with self.subTest(check.code):
                self.assertTrue(check.title)
                self.assertGreater(len(check.why), 40)


@override_settings(**{**GOOD, **without(COUNTERSIGN), "DEBUG": True})
class DjangoTests(SimpleTestCase):
    """As `manage.py check` runs them."""

    def ids(self, **options):
        return {message.id for message in run_checks(**options) if message.id.startswith("countersign.")}

    def test_deploy_adds_to_what_always_runs(self):
        self.assertEqual(self.ids(tags=["security"]), {"countersign.E001"})
        with key_file(SECRET):
            self.assertEqual(
                self.ids(tags=["security"], include_deployment_checks=True),
                {"countersign.E001", "countersign.W101"},
            )

    def test_other_tags_do_not_run_them(self):
        self.assertEqual(self.ids(tags=["models"]), set())

    @override_settings(SILENCED_SYSTEM_CHECKS=["countersign.E001"])
    def test_they_can_be_silenced(self):
        (one,) = [message for message in run_checks(tags=["security"]) if message.id == "countersign.E001"]
        self.assertTrue(one.is_silenced())

    def test_a_check_of_another_app_leaves_them_out(self):
        from django.apps import apps  # noqa: PLC0415

        self.assertEqual(self.ids(app_configs=[apps.get_app_config("sessions")]), set())
        self.assertEqual(
            self.ids(app_configs=[apps.get_app_config("django_countersign")]), {"countersign.E001"}
        )

    def test_a_broken_setting_is_told_and_nothing_else_breaks(self):
        with override_settings(COUNTERSIGN={"AUDIENCE": 1}):
            self.assertIn("countersign.E005", self.ids(include_deployment_checks=True))
