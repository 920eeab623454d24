"""Subjects as RFC 4514 writes them, friendly and hostile."""

from django.test import SimpleTestCase

from accounts.backends import username_of
from accounts.subject import SubjectError, common_name, parse_subject


class CommonNameTests(SimpleTestCase):
    """The CN is found wherever it stands and comes out unescaped."""

    def test_reads_the_common_name(self) -> None:
        for subject, expected in [
            ("CN=alice", "alice"),
            ("CN=alice,O=Example,C=DE", "alice"),
            ("C=DE,O=Example,CN=alice", "alice"),
            ("cn=alice,o=Example", "alice"),
            ("2.5.4.3=alice", "alice"),
            ("UID=a1+CN=alice,O=Example", "alice"),
            ("CN=alice+UID=a1,O=Example", "alice"),
            ("emailAddress=a@example.com,CN=alice", "alice"),
            ("1.2.840.113549.1.9.1=#160161,CN=alice", "alice"),
            ("CN=a=b", "a=b"),
            ("CN=Alice Example", "Alice Example"),
            (r"CN=Example\, Alice", "Example, Alice"),
            (r"CN=Example\2c Alice", "Example, Alice"),
            (r"CN=Example\2C Alice", "Example, Alice"),
            (r"CN=\#1\+1\=2\\\"\;\<\>", '#1+1=2\\";<>'),
            (r"CN=\ alice\ ", " alice "),
            (r"CN=\20alice\20", " alice "),
            (r"CN=Lu\C4\8Di\C4\87", "Lučić"),
            ("CN=Lučić", "Lučić"),
            ("CN=", ""),
        ]:
            with self.subTest(subject):
                self.assertEqual(common_name(subject), expected)

    def test_a_name_inside_another_value_is_not_a_common_name(self) -> None:
        for subject in [
            r"O=x\,CN=alice,CN=mallory",
            r"O=x\2cCN=alice,CN=mallory",
            r"O=x\+CN=alice,CN=mallory",
            r"O=x\\\,CN=alice,CN=mallory",
            "O=CN=alice,CN=mallory",
            "OCN=alice,CN=mallory",
        ]:
            with self.subTest(subject):
                self.assertEqual(common_name(subject), "mallory")

    def test_refuses_a_subject_without_exactly_one_common_name(self) -> None:
        for subject in [
            "",
            "O=Example",
            "CN=alice,CN=bob",
            "CN=alice+CN=bob",
            "CN=alice,O=Example,cn=bob",
            "CN=alice,2.5.4.3=bob",
            r"O=x\\,CN=alice,CN=mallory",
            # Two header fields, joined by the server.
            "CN=alice,O=Example,CN=alice,O=Example",
        ]:
            with self.subTest(subject), self.assertRaisesMessage(SubjectError, "one common name"):
                common_name(subject)

    def test_refuses_what_rfc_4514_does_not_allow(self) -> None:
        for subject in [
            "alice",
            "=alice",
            "CN",
            "CN=alice,",
            ",CN=alice",
            "CN=alice+",
            "CN=alice,,O=x",
            "CN=alice, O=x",
            "CN = alice",
            "CN= alice",
            "CN=alice ",
            "CN=alice ,O=x",
            "CN=alice\\\\ ",
            "C_N=alice",
            "2.=alice",
            "/CN=alice",
            'CN="alice"',
            "CN=alice;O=x",
            "CN=<alice>",
            "CN=alice\0",
            "CN=#alice",
            "CN=#0",
            "O=#0c0141OCN=alice",
            "O=#0c0141 ,CN=alice",
            "CN=alice\\",
            r"CN=ali\ce,O=x",
            r"CN=\4",
            r"CN=\4g",
            r"CN=\FF",
            r"CN=\C4",
            r"CN=\C4č",
        ]:
            with self.subTest(subject), self.assertRaises(SubjectError):
                common_name(subject)

    def test_refuses_a_common_name_in_hexadecimal_but_not_its_escaped_lookalike(self) -> None:
        with self.assertRaisesMessage(SubjectError, "found hexadecimal"):
            common_name("CN=#0c05616c696365")
        self.assertEqual(common_name(r"CN=\#0c05616c696365"), "#0c05616c696365")

    def test_keeps_multi_valued_rdns_together(self) -> None:
        self.assertEqual(
            parse_subject("CN=a+UID=b,O=c"), [[("CN", "a"), ("UID", "b")], [("O", "c")]]
        )


class UsernameTests(SimpleTestCase):
    """A common name becomes a user name only if nobody can mistake it for another."""

    def test_takes_names_as_they_are(self) -> None:
        for name in ["alice", "Alice Example", "alice@example.com", "Lučić", "x" * 150]:
            with self.subTest(name):
                self.assertEqual(username_of(f"CN={name}"), name)

    def test_refuses_names_that_look_like_another(self) -> None:
        for subject in [
            "CN=",
            "CN=" + "x" * 151,
            r"CN=\ alice",
            r"CN=alice\ ",
            r"CN=alice\00",
            r"CN=alice\0A",
            "CN=ali\u200bce",
            "CN=alice\u202e",
            "CN=\uff41lice",
            "CN=c\u030c",
        ]:
            with self.subTest(subject), self.assertRaises(SubjectError):
                username_of(subject)
