"""Which user a certificate names: exactly one, or nobody."""

import logging
from unittest import mock

from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import Group
from django.test import TestCase, override_settings

from django_countersign.backends import ClientCertificateBackend
from django_countersign.identity import SubjectAltNames
from django_countersign.testing import make_identity


def mapping(**user):
    return override_settings(COUNTERSIGN={**settings.COUNTERSIGN, "USER": user})


class BackendTests(TestCase):
    def setUp(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.users = get_user_model().objects
        self.alice = self.users.create_user("alice", "Alice@example.com")

    def named(self, *emails, subject="CN=alice", **identity):
        sans = identity.pop("sans", SubjectAltNames(email=emails))
        return authenticate(None, client_identity=make_identity(subject, sans=sans, **identity))

    def test_an_address_in_any_case(self):
        self.assertEqual(self.named("alice@example.com"), self.alice)
        self.assertEqual(self.named("unknown@example.org", "ALICE@example.com"), self.alice)
        self.assertIsNone(self.named("carol@example.com"))
        self.assertIsNone(self.named())

    def test_an_empty_address_is_nobodys(self):
        self.users.create_user("empty", "")
        for value in ("", " ", "\0", "\n"):
            self.assertIsNone(self.named(value))

    def test_names_of_several_users(self):
        self.users.create_user("bob", "bob@example.com")
        self.assertIsNone(self.named("alice@example.com", "bob@example.com"))

    def test_users_that_differ_in_case_only(self):
        self.users.create_user("alice2", "alice@EXAMPLE.com")
        with self.assertLogs("django_countersign", "ERROR") as log:
            logging.disable(logging.NOTSET)
            self.assertIsNone(self.named("alice@example.com"))
        self.assertIn("several users have email", log.output[0])

    def test_an_inactive_user(self):
        self.users.update(is_active=False)
        self.assertIsNone(self.named("alice@example.com"))

    def test_a_password_is_not_our_matter(self):
        self.assertIsNone(authenticate(None, username="alice", password=""))

    def test_case_counts_in_subjects(self):
        with mapping(IDENTITY="subject:CN", FIELD="username"):
            self.assertEqual(self.named(subject="CN=alice,O=Example"), self.alice)
            self.assertIsNone(self.named(subject="CN=Alice,O=Example"))
            self.assertIsNone(self.named(subject=r"O=x\,CN=alice"))
            self.assertIsNone(self.named(subject="O=x, CN=alice"))
            self.assertIsNone(self.named(subject="O=x;CN=alice"))
            # Two names are two persons, even if only one of them has a user here.
            self.assertIsNone(self.named(subject="CN=alice,CN=nobody"))
            self.assertIsNone(self.named(subject="CN=alice+CN=alice"))

    def test_trusts_that_are_not_for_users(self):
        with mapping(IDENTITY="email", FIELD="email", TRUST=["staff"]):
            self.assertEqual(self.named("alice@example.com"), self.alice)
            self.assertIsNone(self.named("alice@example.com", bundle="machines"))

    def test_creation(self):
        with mapping(IDENTITY="email", FIELD="email", CREATE=True):
            carol = self.named("carol@example.com")
            self.assertEqual((carol.username, carol.email), ("carol@example.com", "carol@example.com"))
            self.assertFalse(carol.has_usable_password())
            self.assertEqual(self.named("Carol@example.com"), carol)
            self.assertIsNone(self.named("x@example.com", "y@example.com"))
            self.assertIsNone(self.named("x" * 300 + "@example.com"))
            self.users.create_user("DAVE@example.com", "other@example.com")
            self.assertIsNone(self.named("dave@example.com"))
        self.assertEqual(self.users.count(), 3)

    def test_two_first_requests_at_once_are_one_user(self):
        real, answers = ClientCertificateBackend.find_users, []

        def looks_too_early(backend, mapping, value):
            answers.append([] if not answers else real(backend, mapping, value))
            if len(answers) == 1:  # now the other request creates the user
                self.users.create_user("carol")
            return answers[-1]

        too_early = mock.patch.object(ClientCertificateBackend, "find_users", looks_too_early)
        with mapping(IDENTITY="subject:CN", FIELD="username", CREATE=True), too_early:
            self.assertEqual(self.named(subject="CN=carol"), self.users.get(username="carol"))

    def test_a_user_of_almost_the_same_name_is_not_created(self):
        with mapping(IDENTITY="subject:CN", FIELD="username", CREATE=True):
            self.assertIsNone(self.named(subject="CN=ALICE"))
        self.assertEqual(self.users.count(), 1)


class GroupTests(TestCase):
    def setUp(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.alice = get_user_model().objects.create_user("alice", "alice@example.com")
        for name in ("operators", "auditors", "others"):
            Group.objects.create(name=name)
        self.alice.groups.add(Group.objects.get(name="others"), Group.objects.get(name="auditors"))

    def groups(self, subject, **options):
        table = {"Ops": "operators", "Audit": "auditors", "Gone": "missing"}
        user = {
            "IDENTITY": "email",
            "FIELD": "email",
            "GROUPS": {"FROM": "subject:OU", "MAP": table, **options},
        }
        with mapping(**user):
            authenticate(None, client_identity=make_identity(subject, email="alice@example.com"))
        return sorted(self.alice.groups.values_list("name", flat=True))

    def test_groups_follow_the_certificate(self):
        self.assertEqual(self.groups("CN=alice,OU=Ops"), ["operators", "others"])
        self.assertEqual(self.groups(r"CN=alice\,OU=Ops,OU=Audit"), ["auditors", "others"])
        self.assertEqual(self.groups("CN=alice,OU=Ops+OU=Audit"), ["auditors", "operators", "others"])
        self.assertEqual(self.groups("CN=alice,OU=ops,OU=Gone"), ["others"])
        self.assertFalse(Group.objects.filter(name="missing").exists())

    def test_other_groups_may_go_too(self):
        self.assertEqual(self.groups("CN=alice,OU=Ops", KEEP_OTHERS=False), ["operators"])
