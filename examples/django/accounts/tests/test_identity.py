"""Which headers count as a certificate, and which are shown as identity headers."""

from django.test import SimpleTestCase

from accounts.identity import (
    DJANGO_SUBJECT,
    NGINX_SUBJECT,
    VERIFY,
    certificate_subject,
    identity_headers,
)
from accounts.subject import SubjectError


class CertificateSubjectTests(SimpleTestCase):
    """Either format will do; contradictions and half statements will not."""

    def test_reads_either_format_or_both(self) -> None:
        nginx = {VERIFY: "SUCCESS", NGINX_SUBJECT: "CN=alice"}
        django = {DJANGO_SUBJECT: "CN=alice"}
        for meta in [nginx, django, nginx | django]:
            with self.subTest(meta):
                self.assertEqual(certificate_subject(meta), "CN=alice")

    def test_without_a_verified_certificate_there_is_no_subject(self) -> None:
        for meta in [
            {},
            {VERIFY: "NONE"},
            {VERIFY: "FAILED:certificate has expired", NGINX_SUBJECT: "CN=alice"},
            {VERIFY: "success", NGINX_SUBJECT: "CN=alice"},
            {VERIFY: "SUCCESS,NONE", NGINX_SUBJECT: "CN=alice"},
            {NGINX_SUBJECT: "CN=alice"},
        ]:
            with self.subTest(meta):
                self.assertIsNone(certificate_subject(meta))

    def test_a_verified_certificate_without_a_subject_is_not_anonymous(self) -> None:
        self.assertEqual(certificate_subject({VERIFY: "SUCCESS"}), "")

    def test_formats_may_escape_differently(self) -> None:
        meta = {VERIFY: "SUCCESS", NGINX_SUBJECT: r"CN=a\,b", DJANGO_SUBJECT: r"CN=a\2cb"}
        self.assertEqual(certificate_subject(meta), r"CN=a\,b")

    def test_refuses_formats_that_disagree(self) -> None:
        for meta in [
            {VERIFY: "SUCCESS", NGINX_SUBJECT: "CN=alice", DJANGO_SUBJECT: "CN=bob"},
            {VERIFY: "SUCCESS", DJANGO_SUBJECT: "CN=bob"},
            {VERIFY: "NONE", DJANGO_SUBJECT: "CN=bob"},
        ]:
            with self.subTest(meta), self.assertRaisesMessage(SubjectError, "disagree"):
                certificate_subject(meta)

    def test_header_octets_are_utf_8(self) -> None:
        octets = "CN=Lučić".encode().decode("latin-1")
        self.assertEqual(certificate_subject({DJANGO_SUBJECT: octets}), "CN=Lučić")
        with self.assertRaisesMessage(SubjectError, "expected UTF-8"):
            certificate_subject({DJANGO_SUBJECT: "CN=\xff"})


class IdentityHeadersTests(SimpleTestCase):
    """Every spelling that some server would take for an identity is shown."""

    def test_shows_identity_headers_of_every_format(self) -> None:
        shown = {
            "HTTP_X_SSL_CLIENT_VERIFY",
            "HTTP_X_SSL_CERT",
            "HTTP_SSL_CLIENT_CERT_SUBJECT",
            "HTTP_CLIENT_CERT",
            "HTTP_CLIENT_CERT_CHAIN",
            "HTTP_COUNTERSIGN_ASSERTION",
            "HTTP_REMOTE_USER",
            "HTTP_X_REMOTE_USER",
            "HTTP_X_FORWARDED_CLIENT_CERT",
            "HTTP_X_FORWARDED_FOR",
            "HTTP_FORWARDED",
            "HTTP_X_REAL_IP",
            "HTTP_X_AMZN_MTLS_CLIENTCERT",
            "HTTP_X.SSL.CLIENT_VERIFY",
        }
        others = {"REMOTE_ADDR", "REMOTE_USER", "HTTP_HOST", "HTTP_COOKIE", "HTTP_X_CSRFTOKEN"}
        meta = dict.fromkeys(shown | others, "x")
        self.assertEqual(set(identity_headers(meta)), shown)
