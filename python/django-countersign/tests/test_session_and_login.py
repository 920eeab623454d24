"""Sessions belong to one certificate, and the certificate's user is the request's user."""

import logging

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import override_settings

from django_countersign.identity import SubjectAltNames
from django_countersign.signals import session_flushed
from django_countersign.testing import (
    AsyncCountersignClient,
    CountersignClient,
    CountersignTestCase,
    make_identity,
)

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
OURS = "django_countersign.backends.ClientCertificateBackend"
SESSION_ONLY = [one for one in settings.MIDDLEWARE if not one.endswith("LoginMiddleware")]


def changed(**changes):
    return override_settings(COUNTERSIGN={**settings.COUNTERSIGN, **changes})


class QuietTestCase(CountersignTestCase):
    def setUp(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.alice = make_identity(email="alice@example.com")
        self.bob = make_identity("CN=bob", email="bob@example.com")


@override_settings(MIDDLEWARE=SESSION_ONLY)
class SessionBindingTests(QuietTestCase):
    def note(self, identity, query="", path="/remember/"):
        self.client.client_identity = identity
        return self.client.get(path + query).json()["note"]

    def test_a_session_stays_with_its_certificate(self):
        self.note(self.alice, "?note=hers")
        self.assertEqual(self.note(self.alice), "hers")
        self.assertIsNone(self.note(self.bob))
        self.assertIsNone(self.note(self.alice))  # it is gone, not only hidden
        self.assertEqual(Session.objects.count(), 0)

    def test_nobody_and_somebody_are_different_clients(self):
        self.note(None, "?note=planted")
        self.assertEqual(self.note(None), "planted")
        self.assertIsNone(self.note(self.alice, "?note=hers"))
        self.assertIsNone(self.note(None))

    def test_a_renewed_certificate_keeps_the_session(self):
        self.note(self.alice, "?note=hers")
        renewed = make_identity(serial="0a1c", email="alice@example.com", key="new")
        self.assertEqual(self.note(renewed), "hers")
        self.assertIsNone(self.note(make_identity(issuer="CN=Other CA", email="alice@example.com")))

    def test_every_name_counts(self):
        self.note(self.alice, "?note=hers")
        names = SubjectAltNames(email=("alice@example.com",), uri=("spiffe://example.com/x",))
        self.assertIsNone(self.note(make_identity(sans=names)))

    def test_a_fingerprint_is_one_certificate(self):
        with changed(BIND_SESSION="fingerprint", KEYS=settings.COUNTERSIGN["KEYS"]):
            self.note(self.alice, "?note=hers")
            self.assertEqual(self.note(self.alice), "hers")
            self.assertIsNone(self.note(make_identity(serial="0a1c", email="alice@example.com")))

    def test_the_signal(self):
        seen = []

        def note(request, **_kwargs):
            seen.append(request.path)

        session_flushed.connect(note)
        self.addCleanup(session_flushed.disconnect, note)
        self.note(self.alice, "?note=hers")
        self.assertEqual(seen, [])
        self.note(self.bob)
        self.assertEqual(seen, ["/remember/"])

    @override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies")
    def test_asynchronously(self):
        client = AsyncCountersignClient(client_identity=self.alice)
        get = async_to_sync(client.get)
        get("/aremember/?note=hers")
        self.assertEqual(get("/aremember/").json()["note"], "hers")
        client.client_identity = self.bob
        self.assertIsNone(get("/aremember/").json()["note"])

    def test_without_a_session_nothing_is_stored_or_varied(self):
        self.client.client_identity = self.alice
        response = self.client.get("/who/")
        self.assertEqual(Session.objects.count(), 0)
        self.assertNotIn("Vary", response)


class LoginTests(QuietTestCase):
    def setUp(self):
        super().setUp()
        users = get_user_model().objects
        self.user = users.create_user("alice", "alice@example.com", "secret")
        self.other = users.create_user("bob", "bob@example.com", "secret")

    def who(self, identity, client=None, **options):
        client = client or self.client
        client.client_identity = identity
        return client.get("/user/", **options).json()

    def test_the_certificate_is_the_login(self):
        self.assertEqual(self.who(self.alice)["user"], "alice")
        with self.assertNumQueries(2):  # the session and the user, as without certificates
            self.assertEqual(self.who(self.alice)["user"], "alice")
        self.user.refresh_from_db()
        self.assertIsNotNone(self.user.last_login)

    def test_another_certificate_is_another_user_and_session(self):
        first = self.who(self.alice)["session"]
        second = self.who(self.bob)
        self.assertEqual(second["user"], "bob")
        self.assertNotEqual(first, second["session"])
        self.assertEqual(self.who(None)["user"], "")

    def test_a_certificate_that_names_nobody_ends_the_session(self):
        self.who(self.alice)
        self.assertEqual(self.who(make_identity(email="carol@example.com"))["user"], "")

    def test_a_session_of_another_user_is_flushed(self):
        self.client.client_identity = self.alice
        self.client.force_login(self.other, OURS)
        self.assertEqual(self.who(self.alice)["user"], "alice")

    @override_settings(AUTHENTICATION_BACKENDS=[OURS, MODEL_BACKEND])
    def test_a_password_does_not_outweigh_the_certificate(self):
        self.client.client_identity = self.alice
        self.assertTrue(self.client.login(username="bob", password="secret"))
        self.assertEqual(self.who(self.alice)["user"], "alice")
        # Without a certificate a password is the login, as everywhere.
        anonymous = CountersignClient()
        anonymous.login(username="bob", password="secret")
        self.assertEqual(self.who(None, anonymous)["user"], "bob")

    def test_a_user_with_another_address_is_another_user(self):
        self.who(self.alice)
        get_user_model().objects.filter(pk=self.user.pk).update(email="old@example.com")
        self.assertEqual(self.who(self.alice)["user"], "")

    def test_an_inactive_user_is_nobody(self):
        self.who(self.alice)
        get_user_model().objects.filter(pk=self.user.pk).update(is_active=False)
        self.assertEqual(self.who(self.alice)["user"], "")

    def test_programs_leave_no_session(self):
        client = CountersignClient(audience="machine", basis="machine")
        self.assertEqual(self.who(self.alice, client), {"user": "alice", "session": None})
        self.assertEqual(Session.objects.count(), 0)

    def test_a_login_for_the_request_only(self):
        with changed(LOGIN="request", KEYS=settings.COUNTERSIGN["KEYS"]):
            self.assertEqual(self.who(self.alice), {"user": "alice", "session": None})
        self.assertEqual(Session.objects.count(), 0)

    def test_asynchronously(self):
        client = AsyncCountersignClient(client_identity=self.alice)
        for _ in range(2):
            self.assertEqual(async_to_sync(client.get)("/auser/").json()["user"], "alice")
        client.client_identity = self.bob
        self.assertEqual(async_to_sync(client.get)("/auser/").json()["user"], "bob")
