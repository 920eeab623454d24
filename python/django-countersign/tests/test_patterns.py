from django.test import SimpleTestCase

from django_countersign.identity import SubjectAltNames
from django_countersign.patterns import IdentityPattern, same_but_for_case
from django_countersign.testing import make_identity


class IdentityPatternTests(SimpleTestCase):
    identity = make_identity(
        "CN=alice",
        issuer="CN=ca",
        sans=SubjectAltNames(email=("Alice@Example.com",), uri=("spiffe://example.com/alice",)),
    )

    def assert_matches(self, expected, **patterns):
        self.assertIs(IdentityPattern(**patterns).matches(self.identity), expected, patterns)

    def test_names_are_compared_with_patterns_of_their_type(self):
        self.assert_matches(True, email="*@example.com")
        self.assert_matches(True, uri="spiffe://example.com/*")
        self.assert_matches(True, email="*@example.com", issuer="CN=ca", bundle=["admins", "staff"])
        self.assert_matches(False, uri="spiffe://Example.com/*")
        self.assert_matches(False, uri="*@example.com")
        self.assert_matches(False, dns="*")
        self.assert_matches(False, email="*@example.com", subject="CN=bob")
        self.assert_matches(False, subject="CN=Alice")
        self.assert_matches(False, email="alice@example.com*alice@example.com")

    def test_bad_patterns_are_refused(self):
        for patterns in ({"email": "*@*"}, {"mail": "x"}, {"email": ""}, {"email": []}):
            with self.subTest(patterns=patterns), self.assertRaises(ValueError):
                IdentityPattern(**patterns)

    def test_only_ascii_letters_have_a_case(self):
        self.assertTrue(same_but_for_case("K", "k"))
        self.assertFalse(same_but_for_case("\N{KELVIN SIGN}", "k"))
        self.assertFalse(same_but_for_case("\N{LATIN SMALL LETTER DOTLESS I}", "I"))
