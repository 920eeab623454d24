"""The inventory's word against Django's own: each view of the fixture is asked for real."""

from importlib.util import find_spec
from unittest import skipUnless

import django
from django.contrib.auth.models import User
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import resolve

from tests.inventory.project import by_pattern, inventory_project
from tests.inventory_app.views import ViewWasCalledError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
LOGIN = "django.contrib.auth.middleware.AuthenticationMiddleware"


def asked(client, method, path, **extra):
    """Return the status, or "called" if the view ran."""
    try:
        return client.generic(method, path, **extra).status_code
    except ViewWasCalledError:
        return "called"


def shapes():
    return [
        one
        for path, one in by_pattern().items()
        if path.startswith(("/functions/", "/classes/"))
        # Django's own view decorators take asynchronous views since 5.0.
        and not (django.VERSION < (5, 0) and one.is_async and path.startswith("/functions/"))
    ]


@inventory_project()
@override_settings(MIDDLEWARE=[CSRF])
class CsrfOracleTests(SimpleTestCase):
    def test_what_is_said_to_be_checked_is_checked(self):
        client = Client(enforce_csrf_checks=True)
        for one in shapes():
            for method in ("POST", "PUT") if one.unsafe is None else one.unsafe:
                checked = not one.csrf.exempt or one.csrf.protected is None or method in one.csrf.protected
                with self.subTest(one.pattern, method=method):
                    self.assertEqual(asked(client, method, one.pattern) == 403, checked)

    def test_every_forgeable_view_runs_for_a_page_of_another_site(self):
        client = Client(enforce_csrf_checks=True, headers={"origin": "https://evil.example"})
        forgeable = [one for one in shapes() if one.verdict.forgeable == "yes"]
        self.assertGreater(len(forgeable), 10)
        for one in forgeable:
            with self.subTest(one.pattern):
                answers = {asked(client, method, one.pattern) for method in one.unsafe or ("POST",)}
                self.assertIn("called", answers)


@inventory_project()
@override_settings(MIDDLEWARE=[])
class MethodOracleTests(SimpleTestCase):
    def test_other_methods_get_405_and_these_do_not(self):
        for one in shapes():
            if one.methods is None or "page" in one.pattern or one.pattern == "/classes/form":
                continue  # these render a template
            for method in METHODS:
                with self.subTest(one.pattern, method=method):
                    refused = asked(Client(), method, one.pattern) == 405
                    if one.csrf.protected is None or method in (one.csrf.protected or ()):
                        continue  # csrf_protect answers first
                    self.assertEqual(refused, method not in one.methods)


@skipUnless(find_spec("rest_framework"), "REST framework is not installed")
@inventory_project()
@override_settings(
    MIDDLEWARE=[SESSION, CSRF, LOGIN],
    AUTHENTICATION_BACKENDS=[
        "django.contrib.auth.backends.ModelBackend",
        "django.contrib.auth.backends.RemoteUserBackend",
    ],
)
class RestOracleTests(TestCase):
    """A browser brings a session cookie; the gateway would add the user's name."""

    def setUp(self):
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(
            User.objects.create(username="alice"), "django.contrib.auth.backends.ModelBackend"
        )

    def test_session_authentication_asks_for_a_token(self):
        for path in ("session", "renamed-session", "session-token", "function"):
            with self.subTest(path):
                self.assertEqual(by_pattern()[f"/api/{path}"].verdict.forgeable, "no")
                self.assertEqual(asked(self.client, "POST", f"/api/{path}"), 403)

    def test_forgeable_ones_run(self):
        for path, client in (
            ("exempt-session", self.client),
            ("remote-user", Client(enforce_csrf_checks=True)),
            ("session-remote-user", Client(enforce_csrf_checks=True)),
        ):
            with self.subTest(path):
                self.assertEqual(by_pattern()[f"/api/{path}"].verdict.forgeable, "yes")
                self.assertEqual(asked(client, "POST", f"/api/{path}", REMOTE_USER="alice"), "called")

    def test_tokens_are_not_attached(self):
        self.assertEqual(by_pattern()["/api/token"].verdict.forgeable, "no")
        self.assertEqual(asked(self.client, "POST", "/api/token", REMOTE_USER="alice"), 401)

    def test_unknown_one_lets_anybody_in(self):
        self.assertEqual(by_pattern()["/api/nobody"].verdict.forgeable, "unknown")
        self.assertEqual(asked(Client(enforce_csrf_checks=True), "POST", "/api/nobody"), "called")

    def test_methods_of_api_views(self):
        for path in (
            "/api/groups/",
            "/api/groups/recent/",
            "/api/function",
            "/api/function-read",
            "/api/read-only",
        ):
            for method in METHODS:
                with self.subTest(path, method=method):
                    self.assertEqual(self.takes(method, path), method in by_pattern()[path].methods)

    def test_a_view_set_that_ran_is_told_as_before(self):
        before = by_pattern()["/api/groups/"]
        self.takes("GET", "/api/groups/")
        self.assertEqual(by_pattern()["/api/groups/"], before)

    def takes(self, method, path):
        from rest_framework.test import APIRequestFactory, force_authenticate  # noqa: PLC0415

        request = APIRequestFactory().generic(method, path)
        force_authenticate(request, User.objects.get(username="alice"))
        match = resolve(path)
        try:
            return match.func(request, *match.args, **match.kwargs).status_code != 405
        except ViewWasCalledError:
            return True
