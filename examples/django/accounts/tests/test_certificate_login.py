"""The session follows the certificate: login, rotation, logout, refusal."""

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import TestCase

from accounts.ledger import account_of
from accounts.tests.gateway import ALICE, BOB, Browser, stamped


class CertificateLoginTests(TestCase):
    """Each test is one thing that can happen between two requests of a browser."""

    def test_the_first_request_creates_the_user_and_opens_the_account(self) -> None:
        page = Browser().get("/")
        self.assertContains(page, "Signed in as <strong>alice</strong>", html=True)
        self.assertContains(page, "1000.00")
        user = User.objects.get()
        self.assertFalse(user.has_usable_password())
        self.assertEqual(str(account_of(user).balance), "1000.00")

    def test_later_requests_keep_user_and_session(self) -> None:
        browser = Browser()
        browser.get("/")
        session = browser.session
        browser.get("/")
        self.assertEqual(browser.session, session)
        self.assertEqual(User.objects.count(), 1)

    def test_another_certificate_gets_another_user_and_nothing_of_the_session(self) -> None:
        browser = Browser()
        browser.get("/")
        session, token = browser.session, browser.token
        browser.client.session["left"] = "behind"
        browser.subject = BOB
        self.assertContains(browser.get("/"), "<strong>bob</strong>")
        self.assertNotEqual(browser.session, session)
        self.assertNotEqual(browser.token, token)
        self.assertFalse(Session.objects.filter(session_key=session).exists())
        self.assertNotIn("left", browser.client.session)

    def test_a_new_subject_rotates_the_session_even_for_the_same_name(self) -> None:
        browser = Browser()
        browser.get("/")
        session, token = browser.session, browser.token
        browser.subject = "CN=alice,OU=moved,O=Example"
        self.assertContains(browser.get("/"), "<strong>alice</strong>")
        self.assertNotEqual(browser.session, session)
        self.assertNotEqual(browser.token, token)
        self.assertEqual(User.objects.count(), 1)

    def test_a_fixed_session_is_not_adopted(self) -> None:
        attacker = Browser()
        attacker.get("/")
        victim = Browser(BOB)
        victim.client.cookies["sessionid"] = attacker.session
        self.assertContains(victim.get("/"), "<strong>bob</strong>")
        self.assertNotEqual(victim.session, attacker.session)

    def test_no_certificate_logs_out(self) -> None:
        browser = Browser()
        browser.get("/")
        browser.subject = None
        page = browser.get("/")
        self.assertContains(page, "showed no certificate", status_code=403)
        self.assertEqual(browser.client.cookies["sessionid"].value, "")
        self.assertFalse(Session.objects.exists())

    def test_a_certificate_that_names_nobody_is_refused_with_the_reason(self) -> None:
        browser = Browser()
        browser.get("/")
        browser.subject = "CN=alice,CN=bob"
        with self.assertLogs("accounts.middleware", "WARNING"):
            page = browser.get("/")
        self.assertContains(page, "expected one common name, found 2", status_code=403)
        self.assertEqual(page.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertFalse(Session.objects.exists())

    def test_a_name_that_looks_like_another_is_refused_and_not_anonymous(self) -> None:
        with self.assertLogs("accounts.middleware", "WARNING"):
            page = Browser(r"CN=alice\00,O=Example").get("/whoami")
        self.assertContains(page, "characters that don't show", status_code=403)
        self.assertFalse(User.objects.exists())

    def test_an_organisation_that_contains_a_name_does_not_log_in_as_it(self) -> None:
        page = Browser(r"O=x\,CN=alice,CN=mallory").get("/")
        self.assertContains(page, "<strong>mallory</strong>")

    def test_a_deactivated_user_is_not_logged_in(self) -> None:
        browser = Browser()
        browser.get("/")
        User.objects.update(is_active=False)
        self.assertEqual(browser.get("/").status_code, 403)

    def test_a_cross_site_post_creates_no_session(self) -> None:
        with self.assertLogs("django.security.csrf", "WARNING"):
            page = Browser().post("/transfer", "payee=x&amount=1", Origin="https://evil.example")
        self.assertEqual(page.status_code, 403)
        self.assertFalse(Session.objects.exists())

    def test_cookies_are_secure(self) -> None:
        browser = Browser()
        browser.get("/")
        for name in ["sessionid", "csrftoken"]:
            self.assertTrue(browser.client.cookies[name]["secure"], name)

    async def test_works_under_asgi(self) -> None:
        for subject, expected in [(ALICE, "alice"), (BOB, "bob"), (None, None)]:
            answer = await self.async_client.get("/whoami", headers=stamped(subject))
            self.assertEqual(answer.json()["user"], expected)
