"""Decorators, mixins and the DRF class."""

import logging
from pathlib import Path

from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, SimpleTestCase

from django_countersign.testing import AsyncCountersignClient, CountersignTestCase, make_identity
from tests import views


class ViewTestCase(CountersignTestCase):
    def setUp(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.alice = make_identity(email="alice@example.com")
        self.eve = make_identity("CN=eve", email="eve@evil.example")
        get_user_model().objects.create_user("alice", "alice@example.com")


class GuardTests(ViewTestCase):
    def reason(self, path, identity, method="get", **client):
        for kind in (self.client_class, AsyncCountersignClient):
            one = kind(client_identity=identity, **client)
            call = getattr(one, method)
            response = call(path) if kind is self.client_class else async_to_sync(call)(path)
            answer = response.json()["reason"] if response.status_code == 403 else response.status_code
            if kind is self.client_class:
                first = answer
        self.assertEqual(first, answer)
        return answer

    def test_certificates_that_match(self):
        for name in ("example", "aexample", "class", "aclass"):
            with self.subTest(name=name):
                path = f"/guarded/{name}/"
                self.assertEqual(self.reason(path, self.alice), 200)
                self.assertEqual(self.reason(path, self.eve), "client-certificate-required")
                self.assertEqual(self.reason(path, None), "client-certificate-required")

    def test_any_certificate(self):
        self.assertEqual(self.reason("/guarded/any/", self.eve), 200)
        self.assertEqual(self.reason("/guarded/any/", None), "client-certificate-required")

    def test_programs(self):
        path = "/guarded/machine/"
        self.assertEqual(self.reason(path, self.alice), "machine-only")
        self.assertEqual(self.reason(path, self.alice, audience="machine"), 200)
        self.assertEqual(self.reason(path, self.alice, "post", audience="any", basis="machine"), 200)
        self.assertEqual(self.reason(path, self.alice, "post", audience="any"), "machine-only")

    def test_intent(self):
        path = "/guarded/intent/"
        self.assertEqual(self.reason(path, self.alice), 200)
        self.assertEqual(self.reason(path, self.alice, "post"), 200)
        for basis in ("safe-method", "report-only", "something-new", "", "Same-Origin"):
            # An empty basis would be taken for none given.
            self.assertEqual(self.reason(path, self.alice, "post", basis=basis or " "), "intent-not-proved")

    def test_without_the_middleware_nothing_is_served(self):
        request = RequestFactory().get("/")
        for view in (views.any_certificate, views.machine):
            with self.assertRaises(ImproperlyConfigured):
                view(request)

    def test_guards_are_to_be_seen(self):
        self.assertEqual(views.machine.countersign_guards, {"machine-only"})
        self.assertEqual(views.ExampleOnly.countersign_guards, {"client-certificate-required"})


class RestFrameworkTests(ViewTestCase):
    def setUp(self):
        super().setUp()
        # The client does as a browser that no test helper exempts from CSRF.
        self.client = self.client_class(enforce_csrf_checks=True, client_identity=self.alice)

    def test_the_certificate_is_the_user(self):
        self.assertEqual(self.client.get("/api/").json(), {"user": "alice", "auth": "CN=alice,O=Example"})

    def test_an_unsafe_method_needs_intent(self):
        self.assertEqual(self.client.post("/api/").json(), {"user": "alice"})
        for basis in ("safe-method", "unknown"):
            self.client.basis = basis
            response = self.client.post("/api/")
            self.assertEqual((response.status_code, response.json()["detail"][:12]), (403, "CSRF Failed:"))

    def test_djangos_token_is_the_other_way(self):
        self.client.basis = "unknown"
        token = "a" * 32
        self.client.cookies["csrftoken"] = token
        self.assertEqual(self.client.post("/api/", HTTP_X_CSRFTOKEN=token).json(), {"user": "alice"})
        self.assertEqual(self.client.post("/api/", HTTP_X_CSRFTOKEN="b" * 32).status_code, 403)

    def test_nobody_and_somebody_unknown(self):
        self.client.client_identity = None
        self.assertEqual(self.client.get("/api/").json(), {"user": "", "auth": None})
        self.client.client_identity = self.eve
        response = self.client.get("/api/")
        self.assertEqual(
            (response.status_code, response["WWW-Authenticate"]), (401, 'Certificate realm="app"')
        )

    def test_the_package_needs_no_drf(self):
        package = Path(views.__file__).parents[1] / "django_countersign"
        importing = {
            path.name
            for path in package.glob("*.py")
            if "from rest_framework" in path.read_text("utf-8") and path.name != "rest_framework.py"
        }
        self.assertEqual(importing, set())


class FormTests(ViewTestCase):
    def test_djangos_own_check_stays(self):
        client = self.client_class(enforce_csrf_checks=True, client_identity=self.alice)
        self.assertEqual(client.post("/form/").status_code, 403)
        client.cookies["csrftoken"] = token = "a" * 32
        self.assertEqual(client.post("/form/", {"csrfmiddlewaretoken": token}).status_code, 200)


class SigningTests(SimpleTestCase):
    def test_a_client_without_a_key_says_how_to_get_one(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "CountersignTestCase"):
            ViewTestCase.client_class().get("/who/")
