"""The page's form, which Django's own token protects."""

import re
from urllib.parse import urlencode

from django_countersign.testing import CountersignTestCase

from accounts.models import Transfer
from accounts.tests.gateway import Browser


class TransferFormTests(CountersignTestCase):
    """Only a form of the bank's own page moves money."""

    def setUp(self) -> None:
        self.browser = Browser()
        page = self.browser.get("/").content.decode()
        # The form's own token, masked: not the cookie's value.
        (self.token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page)

    def body(self, **fields: str) -> str:
        defaults = {
            "payee": "carol",
            "amount": "12.50",
            "csrfmiddlewaretoken": self.token,
        }
        return urlencode(defaults | fields)

    def test_with_the_token_money_moves_and_the_page_shows_it(self) -> None:
        answer = self.browser.post("/transfer", self.body())
        self.assertRedirects(answer, "/", status_code=303, fetch_redirect_response=False)
        made = Transfer.objects.get()
        self.assertEqual((made.payee, str(made.amount), made.via), ("carol", "12.50", "form"))
        self.assertEqual(made.sender.username, "alice")
        page = self.browser.get("/")
        for shown in ["987.50", "−12.50", "carol", '<span class="via form">form</span>']:
            self.assertContains(page, shown)

    def test_without_the_token_it_is_refused(self) -> None:
        for body in [urlencode({"payee": "x", "amount": "1"}), self.body(csrfmiddlewaretoken="")]:
            with self.subTest(body), self.assertLogs("django.security.csrf") as logs:
                self.assertEqual(self.browser.post("/transfer", body).status_code, 403)
                self.assertIn("CSRF token missing", logs.output[0])
        self.assertFalse(Transfer.objects.exists())

    def test_from_another_origin_it_is_refused_even_with_the_token(self) -> None:
        for origin in ["https://evil.example", "http://localhost", "null"]:
            with self.subTest(origin), self.assertLogs("django.security.csrf"):
                answer = self.browser.post("/transfer", self.body(), Origin=origin)
                self.assertEqual(answer.status_code, 403)
        self.assertFalse(Transfer.objects.exists())

    def test_bad_input_is_explained_beside_what_was_typed(self) -> None:
        for fields, message in [
            ({"amount": "0"}, "greater than or equal to 0.01"),
            ({"amount": "-5"}, "greater than or equal to 0.01"),
            ({"amount": "0.001"}, "no more than 2 decimal places"),
            ({"amount": "nan"}, "Enter a number"),
            ({"amount": "1000.01"}, "Your balance is lower"),
            ({"payee": ""}, "This field is required"),
            ({"payee": "x" * 151}, "at most 150 characters"),
            ({"payee": "alice"}, "your own account"),
        ]:
            with self.subTest(fields):
                page = self.browser.post("/transfer", self.body(**fields))
                self.assertContains(page, message, status_code=400)
                self.assertContains(page, 'aria-invalid="true"', count=1, status_code=400)
        self.assertFalse(Transfer.objects.exists())

    def test_what_was_typed_is_escaped(self) -> None:
        hostile = '"><script>alert(1)</script>'
        page = self.browser.post("/transfer", self.body(payee=hostile, amount="x"))
        self.assertContains(page, "&quot;&gt;&lt;script&gt;", status_code=400)
        self.browser.post("/transfer", self.body(payee=hostile))
        self.assertNotContains(self.browser.get("/"), hostile)

    def test_without_a_certificate_nobody_pays(self) -> None:
        self.browser.subject = None
        self.assertEqual(self.browser.post("/transfer", self.body()).status_code, 403)
        self.assertFalse(Transfer.objects.exists())

    def test_only_post(self) -> None:
        self.assertEqual(self.browser.get("/transfer").status_code, 405)
