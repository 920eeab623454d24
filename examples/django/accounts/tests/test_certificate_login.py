"""The session follows the certificate: login, rotation, logout, refusal."""

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django_countersign.testing import CountersignTestCase

from accounts.ledger import account_of
from accounts.tests.gateway import ALICE, BOB, Browser, identity, stamped


class CertificateLoginTests(CountersignTestCase):
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

    def test_a_certificate_that_names_two_is_nobody_and_the_page_says_so(self) -> None:
        browser = Browser()
        browser.get("/")
        browser.subject = "CN=bob,CN=carol"
        with self.assertLogs("django_countersign", "ERROR") as logs:
            page = browser.get("/")
        self.assertIn("it has 2 values of subject:CN", logs.output[0])
        self.assertContains(page, "Your certificate names no customer", status_code=403)
        self.assertContains(page, "CN=bob,CN=carol", status_code=403)
        self.assertFalse(Session.objects.exists())

    def test_a_name_with_characters_that_do_not_show_is_nobodys(self) -> None:
        with self.assertLogs("django_countersign", "WARNING"):
            answer = Browser(r"CN=alice\00,O=Example").get("/whoami")
        self.assertIsNone(answer.json()["user"])
        self.assertFalse(User.objects.exists())

    def test_a_name_that_differs_in_case_from_a_users_is_nobodys(self) -> None:
        Browser().get("/")
        with self.assertLogs("django_countersign", "ERROR"):
            answer = Browser("CN=Alice,O=Example").get("/whoami")
        self.assertIsNone(answer.json()["user"])
        self.assertEqual(User.objects.count(), 1)

    def test_an_organisation_that_contains_a_name_does_not_log_in_as_it(self) -> None:
        page = Browser(r"O=x\,CN=alice,CN=mallory").get("/")
        self.assertContains(page, "<strong>mallory</strong>")

    def test_a_deactivated_user_is_not_logged_in(self) -> None:
        browser = Browser()
        browser.get("/")
        User.objects.update(is_active=False)
        self.assertEqual(browser.get("/").status_code, 403)

    def test_cookies_are_secure(self) -> None:
        browser = Browser()
        browser.get("/")
        for name in ["sessionid", "csrftoken"]:
            self.assertTrue(browser.client.cookies[name]["secure"], name)

    async def test_works_under_asgi(self) -> None:
        for subject, expected in [(ALICE, "alice"), (BOB, "bob"), (None, None)]:
            self.async_client.client_identity = identity(subject)
            answer = await self.async_client.get("/whoami", headers=stamped(subject))
            self.assertEqual(answer.json()["user"], expected)
