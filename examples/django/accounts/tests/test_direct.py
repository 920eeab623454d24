"""Requests that reach the app past the gateway: whatever they carry, they are refused."""

import json
from typing import Any

from django.test import Client
from django_countersign import binding
from django_countersign.testing import CountersignTestCase, Signer, make_identity

from accounts.models import Transfer
from accounts.tests.gateway import ALICE, Response, stamped

FORM = "application/x-www-form-urlencoded"
BODY = "payee=mallory&amount=250"


class DirectTests(CountersignTestCase):
    """Django's own client here: it signs nothing."""

    def post(self, path: str = "/machine/transfer", **headers: str) -> Response:
        client = Client(headers={"Host": "localhost"})
        return client.post(path, BODY, content_type=FORM, headers=stamped(ALICE) | headers)

    def captured(self, path: str = "/machine/transfer", signer: Signer | None = None) -> str:
        """Return what the gateway would send with alice's own POST."""
        request = binding.Binding(b"POST", b"localhost", path.encode(), b"")
        signer = signer or self.signer
        return signer.sign(signer.claims(request, make_identity(ALICE)))

    def refused(self, answer: Response, code: str) -> None:
        self.assertEqual((answer.status_code, json.loads(answer.content)["reason"]), (403, code))

    def test_bare_headers_are_refused_on_every_page(self) -> None:
        headers = stamped(ALICE) | {"SSL-Client-Cert-Subject": ALICE, "Remote-User": "alice"}
        client = Client(headers={"Host": "localhost"})
        for path in ["/", "/whoami", "/transfer", "/api/transfer", "/machine/transfer", "/nowhere"]:
            with self.subTest(path), self.assertLogs("django_countersign", "WARNING"):
                self.refused(client.get(path, headers=headers), "assertion-missing")
                self.refused(client.post(path, headers=headers), "assertion-missing")
        self.assertFalse(Transfer.objects.exists())

    def test_an_assertion_counts_once_and_for_its_own_request(self) -> None:
        captured = {"Countersign-Assertion": self.captured()}
        self.assertEqual(self.post(**captured).status_code, 201)
        with self.assertLogs("django_countersign", "WARNING"):
            self.refused(self.post(**captured), "assertion-replayed")
            for answer in [
                self.post("/api/transfer", **captured),
                self.post("/machine/transfer?x=1", **captured),
                self.post(**captured, Host="127.0.0.1"),
            ]:
                self.refused(answer, "assertion-other-request")
        self.assertEqual(Transfer.objects.count(), 1)

    def test_another_key_and_another_audience_are_refused(self) -> None:
        with self.assertLogs("django_countersign", "WARNING"):
            own = Signer(audience="localhost")
            forged = {"Countersign-Assertion": self.captured(signer=own)}
            self.refused(self.post(**forged), "assertion-unknown-key")
            claims = self.signer.claims(None, make_identity(ALICE)) | {"aud": "other"}
            forged = {"Countersign-Assertion": self.signer.sign(claims)}
            self.refused(self.post(**forged), "assertion-audience")
        self.assertFalse(Transfer.objects.exists())

    def test_a_header_that_says_how_to_verify_it_is_refused(self) -> None:
        request = binding.Binding(b"POST", b"localhost", b"/machine/transfer", b"")
        claims = self.signer.claims(request, make_identity(ALICE))
        header: dict[str, Any] = {"typ": "countersign+jwt", "alg": "HS256", "kid": self.signer.kid}
        attacks: list[tuple[dict[str, Any], str]] = [
            ({"alg": "none"}, "assertion-algorithm"),
            ({"alg": "ES256"}, "assertion-algorithm"),
            ({"typ": "JWT"}, "assertion-algorithm"),
            ({"kid": "rotated-away"}, "assertion-unknown-key"),
            ({"jwk": {"kty": "oct", "k": "AAAA"}}, "assertion-malformed"),
            ({"jku": "https://evil.example/keys"}, "assertion-malformed"),
            ({"x5u": "https://evil.example/chain"}, "assertion-malformed"),
            ({"crit": ["exp"]}, "assertion-malformed"),
        ]
        for changed, code in attacks:
            forged = {"Countersign-Assertion": self.signer.sign(claims, header | changed)}
            with self.subTest(changed), self.assertLogs("django_countersign", "WARNING"):
                self.refused(self.post(**forged), code)
        self.assertFalse(Transfer.objects.exists())
        good = {"Countersign-Assertion": self.signer.sign(claims, header)}
        self.assertEqual(self.post(**good).status_code, 201)

    def test_an_assertion_out_of_its_time_or_beside_another_is_refused(self) -> None:
        request = binding.Binding(b"POST", b"localhost", b"/machine/transfer", b"")
        claims = self.signer.claims(request, make_identity(ALICE))
        now = claims["iat"]
        for iat, exp, code in [
            (now - 90, now - 60, "assertion-expired"),
            (now + 60, now + 90, "assertion-not-yet-valid"),
            (now, now + 3600, "assertion-lifetime"),
        ]:
            forged = {"Countersign-Assertion": self.signer.sign(claims | {"iat": iat, "exp": exp})}
            with self.subTest(code), self.assertLogs("django_countersign", "WARNING"):
                self.refused(self.post(**forged), code)
        # Servers join two fields with a comma.
        twice = {"Countersign-Assertion": f"{self.captured()},{self.captured()}"}
        with self.assertLogs("django_countersign", "WARNING"):
            self.refused(self.post(**twice), "assertion-duplicate")
        self.assertFalse(Transfer.objects.exists())
