"""The JSON endpoint that the page's script calls with X-CSRFToken."""

import json

from django_countersign.testing import CountersignTestCase

from accounts.models import Transfer
from accounts.tests.gateway import Browser, Response

BODY = json.dumps({"payee": "carol", "amount": "12.50"})


class TransferApiTests(CountersignTestCase):
    """Django protects it by the header token."""

    def setUp(self) -> None:
        self.browser = Browser()
        self.browser.get("/")

    def call(self, body: str = BODY, content_type: str = "application/json") -> Response:
        token = {"X-CSRFToken": self.browser.token}
        return self.browser.post("/api/transfer", body, content_type, **token)

    def test_with_the_token_money_moves(self) -> None:
        answer = self.call()
        made = Transfer.objects.get()
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(
            answer.json(),
            {
                "id": made.pk,
                "by": "alice",
                "payee": "carol",
                "amount": "12.50",
                "via": "api",
                "balance": "987.50",
            },
        )

    def test_without_the_token_it_is_refused(self) -> None:
        with self.assertLogs("django.security.csrf") as logs:
            answer = self.browser.post("/api/transfer", BODY, "application/json")
        self.assertEqual(answer.status_code, 403)
        self.assertIn("CSRF token missing", logs.output[0])
        self.assertFalse(Transfer.objects.exists())

    def test_numbers_are_amounts_too(self) -> None:
        self.assertEqual(self.call('{"payee": "carol", "amount": 2.5}').json()["amount"], "2.50")

    def test_bad_input_is_named_by_field(self) -> None:
        answer = self.call('{"payee": "alice", "amount": NaN}')
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(
            answer.json(),
            {"errors": {"payee": ["This is your own account."], "amount": ["Enter a number."]}},
        )

    def test_what_is_no_json_object_is_refused(self) -> None:
        for body in [" ", "{", "[]", "null", '"text"', "[" * 100_000]:
            with self.subTest(body[:8]):
                answer = self.call(body)
                self.assertEqual(answer.status_code, 400)
                self.assertEqual(answer.json(), {"error": "expected a JSON object"})

    def test_only_json(self) -> None:
        self.assertEqual(self.call(content_type="text/plain").status_code, 415)
        self.assertEqual(self.browser.get("/api/transfer").status_code, 405)

    def test_without_a_certificate_nobody_pays(self) -> None:
        self.browser.subject = None
        self.assertEqual(self.call().status_code, 403)
        self.assertFalse(Transfer.objects.exists())
