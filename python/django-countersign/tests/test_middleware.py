"""What reaches the views, through Django's real handlers: only what the gateway sent, and once."""

import logging
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import caches
from django.test import SimpleTestCase, TestCase, override_settings

from django_countersign import binding
from django_countersign.jose import base64url
from django_countersign.signals import request_refused
from django_countersign.testing import Signer, _json, make_identity, throw_away_key
from tests.servers import asgi, environ, scope, with_assertion, wsgi


class HandlerTests(TestCase):
    """Each attack through WSGI and ASGI."""

    alice = make_identity(email="alice@example.com")

    def setUp(self):
        context = throw_away_key()
        self.signer = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        caches["default"].clear()
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def claims(self, method="GET", path="/who/", query="", **options):
        bound_to = binding.Binding(method.encode(), b"app.example.com", path.encode(), query.encode())
        return self.signer.claims(bound_to, options.pop("identity", self.alice), **options)

    def send(self, assertion, method="GET", path="/who/", query="", **more):
        """Send it both ways, with a fresh cache each, and return the one answer."""
        octets = path.encode().decode("latin-1")
        by_wsgi = wsgi(environ(method, octets, query=query, assertion=assertion, **more))
        caches["default"].clear()
        bare = scope(method, path, query=query.encode(), host=more.get("host", "app.example.com"))
        by_asgi = async_to_sync(asgi)(with_assertion(bare, *([] if assertion is None else [assertion])))
        caches["default"].clear()
        self.assertEqual(by_wsgi, by_asgi)
        return by_wsgi

    def assert_refused(self, code, assertion, **request):
        status, body = self.send(assertion, **request)
        self.assertEqual((status, body["reason"]), (403, code))
        self.assertEqual(set(body), {"type", "title", "status", "reason"})

    def test_a_signed_request_is_served_and_knows_its_client(self):
        status, body = self.send(self.signer.sign(self.claims()))
        self.assertEqual(status, 200)
        self.assertEqual((body["subject"], body["email"]), ("CN=alice,O=Example", "alice@example.com"))
        self.assertEqual((body["basis"], body["header_left"]), ("safe-method", False))

    def test_an_anonymous_client_is_served_as_nobody(self):
        status, body = self.send(self.signer.sign(self.claims(identity=None)))
        self.assertEqual((status, body["subject"]), (200, None))

    def test_a_request_that_went_around_the_gateway(self):
        self.assert_refused("assertion-missing", None)
        self.assert_refused("assertion-malformed", "")
        self.assert_refused("assertion-malformed", "a.b.c.d")

    def test_copied_identity_headers_are_not_looked_at(self):
        copied = {
            "HTTP_X_SSL_CLIENT_VERIFY": "SUCCESS",
            "HTTP_X_SSL_CLIENT_S_DN": "CN=alice",
            "REMOTE_USER": "a",
        }
        status, body = wsgi(environ(**copied))
        self.assertEqual((status, body["reason"]), (403, "assertion-missing"))

    def test_an_assertion_for_another_request(self):
        signed = self.signer.sign(self.claims(query="a=1"))
        self.assertEqual(self.send(signed, query="a=1")[0], 200)
        self.assert_refused("assertion-other-request", signed, query="a=2")
        self.assert_refused("assertion-other-request", signed)
        self.assert_refused("assertion-other-request", signed, query="a=1", path="/who/x")
        self.assert_refused("assertion-other-request", signed, query="a=1", method="POST")
        self.assert_refused("assertion-other-request", signed, query="a=1", host="testserver")
        self.assertEqual(self.send(signed, query="a=1", host="APP.example.com:443")[0], 200)

    def test_another_app(self):
        self.assert_refused("assertion-audience", self.signer.sign({**self.claims(), "aud": "other"}))
        self.assert_refused("assertion-issuer", self.signer.sign({**self.claims(), "iss": "other"}))

    def test_time(self):
        claims = self.claims()
        early, late = claims["iat"] + 600, claims["iat"] - 600
        self.assert_refused("assertion-expired", self.signer.sign({**claims, "iat": late, "exp": late + 30}))
        self.assert_refused(
            "assertion-not-yet-valid", self.signer.sign({**claims, "iat": early, "exp": early + 30})
        )
        self.assert_refused("assertion-lifetime", self.signer.sign({**claims, "exp": claims["iat"] + 61}))

    def test_another_key(self):
        stranger = Signer(audience="app")
        self.assert_refused("assertion-unknown-key", stranger.sign(self.claims()))
        own_kid = {"typ": "countersign+jwt", "alg": "HS256", "kid": self.signer.kid}
        self.assert_refused("assertion-bad-signature", stranger.sign(self.claims(), own_kid))

    def test_an_algorithm_or_key_in_the_header(self):
        header = {"typ": "countersign+jwt", "alg": "HS256", "kid": self.signer.kid}
        for name in ("none", "ES256", "HS512", "hs256"):
            self.assert_refused(
                "assertion-algorithm", self.signer.sign(self.claims(), {**header, "alg": name})
            )
        self.assert_refused("assertion-algorithm", self.signer.sign(self.claims(), {**header, "typ": "JWT"}))
        unsigned = self.signer.sign(self.claims(), {**header, "alg": "none"}).rpartition(".")[0] + "."
        self.assert_refused("assertion-algorithm", unsigned)
        for name in ("jwk", "jku", "x5u", "x5c", "crit"):
            signed = self.signer.sign(self.claims(), {**header, name: "x"})
            self.assert_refused("assertion-malformed", signed)

    def test_a_changed_claim(self):
        head, _, signature = self.signer.sign(self.claims()).split(".")
        forged = {**self.claims(), "sub": "CN=root"}
        self.assert_refused("assertion-bad-signature", f"{head}.{base64url(_json(forged))}.{signature}")

    def test_several(self):
        signed = self.signer.sign(self.claims())
        self.assert_refused("assertion-duplicate", f"{signed},{signed}")
        twice = with_assertion(scope(), signed, signed)
        status, body = async_to_sync(asgi)(twice)
        self.assertEqual((status, body["reason"]), (403, "assertion-duplicate"))

    def test_a_replay(self):
        signed = self.signer.sign(self.claims("POST"))
        self.assertEqual(wsgi(environ("POST", assertion=signed))[0], 200)
        status, body = wsgi(environ("POST", assertion=signed))
        self.assertEqual((status, body["reason"]), (403, "assertion-replayed"))
        again = with_assertion(scope("POST"), signed)
        self.assertEqual(async_to_sync(asgi)(again)[1]["reason"], "assertion-replayed")

    def test_a_safe_request_may_come_again(self):
        signed = self.signer.sign(self.claims())
        for _ in range(2):
            self.assertEqual(wsgi(environ(assertion=signed))[0], 200)

    def test_a_cache_that_fails_lets_nothing_through(self):
        for name in ("add", "aadd"):
            target = f"django.core.cache.backends.locmem.LocMemCache.{name}"
            with mock.patch(target, side_effect=OSError("down")):
                signed = self.signer.sign(self.claims("POST"))
                if name == "add":
                    status, body = wsgi(environ("POST", assertion=signed))
                else:
                    status, body = async_to_sync(asgi)(with_assertion(scope("POST"), signed))
            self.assertEqual((status, body["reason"]), (503, "replay-cache-unavailable"))

    def test_session_assertions_are_refused_unless_allowed(self):
        claims = self.claims()
        del claims["req"], claims["jti"]
        self.assert_refused("assertion-other-request", self.signer.sign(claims))

    def test_paths_beyond_ascii_and_prefixes(self):
        for path in ("/who/käse/ 100%", "/who/日本", "/who/a+b;c"):
            signed = self.signer.sign(self.claims(path=path))
            self.assertEqual(self.send(signed, path=path)[0], 200)
            self.assert_refused("assertion-other-request", signed, path=path + "x")
        signed = self.signer.sign(self.claims(path="/app/who/"))
        self.assertEqual(wsgi(environ(script_name="/app", assertion=signed))[0], 200)
        with override_settings(FORCE_SCRIPT_NAME="/elsewhere"):
            self.assertEqual(wsgi(environ(path="/who/", assertion=signed))[0], 403)
            plain = self.signer.sign(self.claims())
            self.assertEqual(wsgi(environ(path="/who/", assertion=plain))[0], 200)
        mounted = with_assertion(scope(path="/app/who/", root_path="/app"), signed)
        self.assertEqual(async_to_sync(asgi)(mounted)[0], 200)

    def test_an_asynchronous_view(self):
        signed = self.signer.sign(self.claims(path="/awho/"))
        self.assertEqual(self.send(signed, path="/awho/")[1]["email"], "alice@example.com")

    def test_health_checks(self):
        def probe(**more):
            return wsgi(environ(**{"path": "/healthz", "REMOTE_ADDR": "127.0.0.1", **more}))[0]

        self.assertEqual(probe(), 200)
        self.assertEqual(probe(REMOTE_ADDR="::1"), 200)
        self.assertEqual(probe(method="HEAD"), 200)
        self.assertEqual(probe(method="POST"), 403)
        self.assertEqual(probe(REMOTE_ADDR="192.0.2.7"), 403)
        self.assertEqual(probe(REMOTE_ADDR=""), 403)
        self.assertEqual(probe(path="/healthz/"), 403)
        self.assertEqual(probe(path="/who/"), 403)
        self.assertEqual(probe(HTTP_X_FORWARDED_FOR="192.0.2.7"), 403)
        self.assertEqual(probe(assertion="x"), 403)

    def test_a_browser_gets_a_page(self):
        status, body = wsgi(environ(HTTP_ACCEPT="text/html"))
        self.assertEqual(status, 403)
        self.assertIn("<code>assertion-missing</code>", body)
        self.assertNotIn("Traceback", body)

    def test_debug_tells_no_more(self):
        with override_settings(DEBUG=True):
            self.assert_refused("assertion-missing", None)

    def test_the_log_and_the_signal_say_why_and_keep_the_secret(self):
        logging.disable(logging.NOTSET)
        codes = []

        def note(code, **_kwargs):
            codes.append(code)

        request_refused.connect(note)
        self.addCleanup(request_refused.disconnect, note)
        signed = self.signer.sign({**self.claims(), "aud": "other"})
        with self.assertLogs("django_countersign", "WARNING") as log:
            wsgi(environ(path="/who/a\nb", assertion=signed))
        self.assertEqual(codes, ["assertion-audience"])
        self.assertIn(
            "refused GET /who/a%0Ab: assertion-audience: expected 'app', found 'other'", log.output[0]
        )
        self.assertNotIn(signed.split(".")[2], log.output[0])


class KeyFileTests(SimpleTestCase):
    """The key file changes under the running app."""

    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "keys.jwks"
        setting = override_settings(COUNTERSIGN={**settings.COUNTERSIGN, "KEYS": self.path})
        setting.enable()
        self.addCleanup(setting.disable)
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.old, self.new = Signer(audience="app"), Signer(audience="app")

    def answer(self, signer):
        bound_to = binding.of_environ(environ())
        status, body = wsgi(environ(assertion=signer.sign(signer.claims(bound_to))))
        return status if status == 200 else body["reason"]

    def write(self, *signers):
        self.path.write_bytes(_json({"keys": [key for signer in signers for key in signer.jwks()["keys"]]}))

    def test_keys_come_and_go(self):
        self.assertEqual(self.answer(self.old), "assertion-unknown-key")
        self.write(self.old)
        self.assertEqual(self.answer(self.old), 200)
        self.write(self.old, self.new)
        self.assertEqual((self.answer(self.old), self.answer(self.new)), (200, 200))
        self.write(self.new)
        self.assertEqual((self.answer(self.old), self.answer(self.new)), ("assertion-unknown-key", 200))

    def test_a_bad_file_leaves_the_old_keys(self):
        self.write(self.old)
        self.assertEqual(self.answer(self.old), 200)
        weak = {"kty": "oct", "k": base64url(secrets.token_bytes(31)), "kid": "weak"}
        ec = {"kty": "EC", "crv": "P-256", "x": "", "y": "", "kid": "ec"}
        twice = self.old.jwks()["keys"] * 2
        for content in (
            b"",
            b"{",
            b'{"keys":[]}',
            _json({"keys": [weak]}),
            _json({"keys": [ec]}),
            _json({"keys": twice}),
        ):
            self.path.write_bytes(content)
            self.assertEqual(self.answer(self.old), 200)
            self.assertEqual(self.answer(self.new), "assertion-unknown-key")
        self.path.unlink()
        self.assertEqual(self.answer(self.old), 200)

    def test_the_log_names_the_fault_and_no_key(self):
        logging.disable(logging.NOTSET)
        secret = base64url(secrets.token_bytes(31))
        self.path.write_bytes(_json({"keys": [{"kty": "oct", "k": secret, "kid": "weak"}]}))
        with self.assertLogs("django_countersign", "ERROR") as log:
            self.answer(self.old)
        self.assertIn("at least 32 octets, found 31", log.output[0])
        self.assertNotIn(secret, "".join(log.output))
