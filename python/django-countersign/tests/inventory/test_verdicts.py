"""Each shape of the fixture: methods, exemption, verdict, audience."""

from importlib.util import find_spec
from unittest import skipUnless

from django.test import SimpleTestCase, override_settings

from tests.inventory.project import by_pattern, inventory_project

ANY = None
READS = ("GET", "HEAD", "OPTIONS")
API = ("GET", "HEAD", "POST", "OPTIONS")

# pattern: methods, exempt, forgeable, audience
FUNCTIONS = {
    "plain": (ANY, False, "no", "browser"),
    "read": (("GET",), False, "no", "browser"),
    "form/": (("GET", "POST"), False, "no", "browser"),
    "aplain": (ANY, False, "no", "browser"),
    "ahook": (("POST",), True, "yes", "machine"),
    "exempt": (("POST",), True, "yes", "machine"),
    "by-header": (ANY, True, "yes", "machine"),
    "by-user": (ANY, True, "yes", "machine"),
    "webhook": (ANY, True, "unknown", "machine"),
    "documented": (ANY, True, "yes", "machine"),
    "exempt-read": (("GET",), True, "no", "browser"),
    "exempt-here": (ANY, True, "yes", "machine"),
    "protected-again": (ANY, True, "no", "browser"),
    "protected-in-vain": (ANY, True, "yes", "machine"),
    "only-a-cookie": (ANY, True, "yes", "machine"),
    "only-a-token": (ANY, True, "yes", "machine"),
    "aprotected-again": (ANY, True, "no", "browser"),
    "lost": (ANY, False, "no", "browser"),
    "partly": (ANY, False, "no", "browser"),
    "partly-exempt": (("POST",), False, "no", "browser"),
}
CLASSES = {
    "page": (READS, False, "no", "browser"),
    "form": (("GET", "HEAD", "POST", "PUT", "OPTIONS"), False, "no", "browser"),
    "tight": (("GET", "POST"), False, "no", "browser"),
    "tighter": (("GET",), False, "no", "browser"),
    "exempt-on-dispatch": (("POST", "OPTIONS"), True, "yes", "machine"),
    "exempt-on-own-dispatch": (("POST", "OPTIONS"), True, "yes", "machine"),
    "exempt-around": (("GET", "POST"), True, "yes", "machine"),
    "inherits-exemption": (("POST", "PUT", "OPTIONS"), True, "yes", "machine"),
    "exempt-on-handler": (("POST", "OPTIONS"), False, "no", "browser"),
    "protected-handler": (("POST", "OPTIONS"), True, "no", "browser"),
    "half-protected": (("POST", "PUT", "OPTIONS"), True, "yes", "machine"),
    "protected-dispatch": (("POST", "OPTIONS"), True, "no", "browser"),
    "protected-dispatch-in-vain": (("POST", "OPTIONS"), True, "yes", "machine"),
    "post-only": (("POST",), False, "no", "browser"),
    "dispatches-alone": (ANY, False, "no", "browser"),
    "answers-in-dispatch": (ANY, True, "yes", "machine"),
    "answers-what-is-not-allowed": (ANY, True, "yes", "machine"),
    "reads-only": (READS, True, "no", "browser"),
    "async": (API, False, "no", "browser"),
    "callable": (ANY, False, "no", "browser"),
    "exempt-callable": (ANY, True, "yes", "machine"),
    "redirect": (("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), False, "no", "browser"),
}
GUARDED = {
    "machine": (ANY, True, "no", "machine"),
    "machine-outside": (ANY, True, "no", "machine"),
    "machine-partial": (ANY, True, "no", "machine"),
    "intent": (ANY, True, "no", "any"),
    "certificate": (ANY, True, "yes", "machine"),
    "class": (("POST", "OPTIONS"), True, "no", "machine"),
    "mixed": (("POST", "OPTIONS"), True, "no", "machine"),
    "before-the-guard": (ANY, True, "yes", "machine"),
    "on-handler": (("POST", "OPTIONS"), True, "no", "any"),
    "on-one-handler": (("POST", "PUT", "OPTIONS"), True, "yes", "machine"),
}
REST = {
    "session": (API, True, "no", "browser"),
    "renamed-session": (API, True, "no", "browser"),
    "exempt-session": (API, True, "yes", "browser"),
    "quiet-session": (API, True, "unknown", "browser"),
    "ours": (API, True, "no", "any"),
    "ours-emptied": (API, True, "yes", "any"),
    "basic": (API, True, "yes", "machine"),
    "session-basic": (API, True, "unknown", "any"),
    "session-token": (API, True, "no", "any"),
    "token": (API, True, "no", "machine"),
    "my-token": (API, True, "no", "machine"),
    "token-in-cookie": (API, True, "yes", "machine"),
    "token-anyone": (API, True, "unknown", "machine"),
    "token-either": (API, True, "unknown", "machine"),
    "remote-user": (API, True, "yes", "machine"),
    "session-remote-user": (API, True, "yes", "any"),
    "header": (API, True, "yes", "machine"),
    "cookie": (API, True, "yes", "machine"),
    "bearer": (API, True, "no", "machine"),
    "mystery": (API, True, "unknown", "machine"),
    "nobody": (API, True, "unknown", "machine"),
    "chooses": (API, True, "unknown", "machine"),
    "token-or-cookie": (API, True, "yes", "machine"),
    "token-from-helper": (API, True, "yes", "machine"),
    "token-of-another-kind": (API, True, "unknown", "machine"),
    "token-with-log": (API, True, "no", "machine"),
    "helped": (API, True, "yes", "machine"),
    "maybe-authenticated": (API, True, "unknown", "machine"),
    "protected": (("POST", "OPTIONS"), True, "no", "browser"),
    "read-only": (("GET",), True, "no", "browser"),
    "function": (("GET", "POST", "OPTIONS"), True, "no", "browser"),
    "function-read": (("GET", "OPTIONS"), True, "no", "browser"),
    "groups/": (API, True, "no", "machine"),
    "groups/(?P<pk>[^/.]+)/": (("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"), True, "no", "machine"),
    "groups/(?P<pk>[^/.]+)/archive/": (("POST", "OPTIONS"), True, "yes", "machine"),
    "groups/recent/": (READS, True, "no", "browser"),
}


@inventory_project()
class VerdictTests(SimpleTestCase):
    maxDiff = None

    def check(self, prefix, expected):
        found = by_pattern()
        for path, wanted in expected.items():
            with self.subTest(prefix + path):
                one = found[prefix + path]
                self.assertEqual((one.methods, one.csrf.exempt, one.verdict.forgeable, one.audience), wanted)

    def test_functions(self):
        self.check("/functions/", FUNCTIONS)

    def test_classes(self):
        self.check("/classes/", CLASSES)

    def test_own_guards(self):
        self.check("/guarded/", GUARDED)

    @skipUnless(find_spec("rest_framework"), "REST framework is not installed")
    def test_rest_framework(self):
        self.check("/api/", REST)

    def test_nothing_of_the_fixture_is_left_out(self):
        for prefix, expected in (("/functions/", FUNCTIONS), ("/classes/", CLASSES), ("/guarded/", GUARDED)):
            found = {path for path in by_pattern() if path.startswith(prefix)}
            self.assertEqual(found, {prefix + path for path in expected})

    def test_admin_is_checked_throughout(self):
        admin = [one for path, one in by_pattern().items() if path.startswith("/staff/")]
        self.assertGreater(len(admin), 10)
        self.assertEqual({one.verdict.forgeable for one in admin}, {"no"})

    def test_admin_views_are_named_by_their_class(self):
        one = by_pattern()["/staff/auth/group/add/"]
        self.assertEqual(one.view, "django.contrib.admin.options.ModelAdmin.add_view")
        self.assertEqual(one.name, "staff:auth_group_add")

    def test_async_views_are_told(self):
        found = by_pattern()
        told = {path for path in FUNCTIONS if found[f"/functions/{path}"].is_async}
        self.assertEqual(told, {"aplain", "ahook", "aprotected-again"})
        self.assertTrue(found["/classes/async"].is_async)

    def test_names_have_their_namespaces(self):
        self.assertEqual(by_pattern()["/functions/plain"].name, "f:plain")

    @override_settings(MIDDLEWARE=[])
    def test_without_csrf_middleware_only_csrf_protect_is_left(self):
        found = by_pattern()
        self.assertEqual(found["/functions/plain"].verdict.forgeable, "yes")
        self.assertIn("CsrfViewMiddleware is not in MIDDLEWARE", found["/functions/plain"].verdict.why)
        self.assertEqual(found["/functions/protected-again"].verdict.forgeable, "no")
        self.assertEqual(found["/staff/auth/group/add/"].verdict.forgeable, "no")

    def test_another_csrf_middleware_is_unknown_unless_it_only_adds(self):
        for name, verdict in (("LenientCsrf", "unknown"), ("TrustingCsrf", "unknown"), ("NamedCsrf", "no")):
            with self.subTest(name), self.settings(MIDDLEWARE=[f"tests.inventory.project.{name}"]):
                self.assertEqual(by_pattern()["/functions/plain"].verdict.forgeable, verdict)

    def test_middleware_that_lifts_the_check_is_unknown(self):
        for name in ("LiftsMiddleware", "lifts_middleware"):
            with self.modify_settings(MIDDLEWARE={"prepend": f"tests.checks.cases.{name}"}):
                found = by_pattern()
                self.assertEqual(found["/functions/plain"].verdict.forgeable, "unknown")
                self.assertIn(name, found["/functions/plain"].verdict.why)
                for path in ("protected-again", "form/"):
                    self.assertEqual(found[f"/functions/{path}"].verdict.forgeable, "unknown")
                    self.assertEqual(found[f"/functions/{path}"].audience, "browser")
                self.assertEqual(found["/functions/exempt"].verdict.forgeable, "yes")
                self.assertEqual(found["/functions/read"].verdict.forgeable, "no")
                if find_spec("rest_framework"):
                    self.assertEqual(found["/api/session"].verdict.forgeable, "unknown")
                    self.assertEqual(found["/api/token"].verdict.forgeable, "no")


@inventory_project()
class ReasonTests(SimpleTestCase):
    def why(self, pattern):
        return by_pattern()[pattern].verdict.why

    def test_header_is_named(self):
        self.assertIn("HTTP_X_SSL_CLIENT_S_DN", self.why("/functions/by-header"))

    def test_user_is_named(self):
        self.assertIn("request.user", self.why("/functions/by-user"))

    def test_credential_is_named(self):
        self.assertIn("HTTP_X_HUB_SIGNATURE_256", self.why("/functions/webhook"))

    def test_place_of_the_exemption_is_named(self):
        self.assertIn("on the view", self.why("/functions/exempt"))
        self.assertIn("where the URLconf names it", self.why("/functions/exempt-here"))
        self.assertIn("on dispatch of ExemptOnDispatch", self.why("/classes/inherits-exemption"))
        self.assertIn("around as_view()", self.why("/classes/exempt-around"))
        self.assertIn("on the class ExemptCallableView", self.why("/classes/exempt-callable"))

    def test_only_the_open_method_is_named(self):
        self.assertIn("can send PUT;", self.why("/classes/half-protected"))

    def test_exemptions_without_effect_are_noted(self):
        found = by_pattern()
        self.assertIn("post()", found["/classes/exempt-on-handler"].notes[0])
        self.assertIn("inner function", found["/functions/partly-exempt"].notes[0])
        self.assertEqual(found["/functions/exempt"].notes, ())

    def test_location_is_relative_and_right(self):
        one = by_pattern()["/functions/by-header"]
        file, _, line = one.location.partition(":")
        self.assertEqual(file, "tests/inventory_app/views.py")
        with open(file, encoding="utf-8") as source:  # noqa: PTH123
            self.assertIn("def by_header", "".join(source.readlines()[int(line) - 1 : int(line) + 1]))
