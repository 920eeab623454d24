"""The exempt endpoint: what it is for, and the hole that it is."""

from django.contrib.sessions.models import Session
from django_countersign.testing import CountersignTestCase

from accounts.models import Transfer
from accounts.tests.gateway import Browser

EVIL = "https://evil.example"


class TransferMachineTests(CountersignTestCase):
    """An API client identifies itself by its certificate alone."""

    def test_json_with_a_certificate_moves_money_and_leaves_no_session(self) -> None:
        client = Browser("CN=billing,O=Example", "machine")
        body = '{"payee": "carol", "amount": "5"}'
        answer = client.post("/machine/transfer", body, "application/json")
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(answer.json()["by"], "billing")
        self.assertEqual(answer.json()["via"], "machine")
        self.assertFalse(answer.cookies)
        self.assertFalse(Session.objects.exists())

    def test_without_a_certificate_it_is_refused(self) -> None:
        answer = Browser(None, "machine").post("/machine/transfer", "payee=x&amount=1")
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(answer.json(), {"error": "sign in with a client certificate"})
        self.assertFalse(Transfer.objects.exists())

    def test_a_certificate_that_names_nobody_is_refused(self) -> None:
        with self.assertLogs("django_countersign", "ERROR"):
            answer = Browser("CN=a,CN=b", "machine").post("/machine/transfer", "payee=x&amount=1")
        self.assertEqual(answer.status_code, 403)
        self.assertFalse(Transfer.objects.exists())

    def test_only_post(self) -> None:
        self.assertEqual(Browser().get("/machine/transfer").status_code, 405)


class ForgeryTests(CountersignTestCase):
    """These pass because the view is open: the gateway's route has to refuse the requests.

    Each is what a form on the attacker's page sends from a browser that holds alice's certificate,
    with an assertion that says truly that it was alice's. The app asks for no more.
    """

    def forged(self, body: str, content_type: str) -> None:
        victim = Browser()
        answer = victim.post("/machine/transfer", body, content_type, Origin=EVIL)
        self.assertEqual(answer.status_code, 201)
        made = Transfer.objects.get()
        self.assertEqual(
            (made.sender.username, made.payee, str(made.amount), made.via),
            ("alice", "mallory", "250.00", "machine"),
        )
        page = victim.get("/")
        for shown in ["mallory", "−250.00", '<span class="via machine">machine</span>']:
            self.assertContains(page, shown)

    def test_hole_a_cross_site_urlencoded_form_moves_money(self) -> None:
        self.forged("payee=mallory&amount=250", "application/x-www-form-urlencoded")

    def test_hole_a_cross_site_text_plain_form_moves_money(self) -> None:
        # <form enctype="text/plain"><input name='{"payee":…,"x":"' value='"}'>
        body = '{"payee": "mallory", "amount": 250, "x": "="}\r\n'
        self.forged(body, "text/plain")

    def test_hole_a_cross_site_multipart_form_moves_money(self) -> None:
        parts = {"payee": "mallory", "amount": "250"}
        body = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        )
        self.forged(f"{body}--b--\r\n", "multipart/form-data; boundary=b")
