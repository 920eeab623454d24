"""Which headers are shown as identity headers."""

from django.test import SimpleTestCase

from accounts.identity import identity_headers


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
