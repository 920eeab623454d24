"""What /whoami, /echo, /stream and /upload show, under WSGI and ASGI."""

from hashlib import sha256
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory, override_settings
from django_countersign.testing import CountersignTestCase, make_identity

from accounts.body import length_and_sha256
from accounts.tests.gateway import ALICE, BOB, Browser, stamped


class WhoamiTests(CountersignTestCase):
    """Always there: it shows each client its own identity and nothing else."""

    def test_shows_user_identity_assertion_and_headers_that_do_not_count(self) -> None:
        self.client.client_identity = make_identity(ALICE, email="alice@example.com")
        # They name another one than the assertion does.
        shown = self.client.get("/whoami", headers=stamped(BOB) | {"Remote-User": "mallory"}).json()
        self.assertEqual((shown["user"], shown["subject"], shown["secure"]), ("alice", ALICE, True))
        self.assertEqual(
            shown["identity_headers"],
            {
                "HTTP_REMOTE_USER": "mallory",
                "HTTP_X_FORWARDED_PROTO": "https",
                "HTTP_X_SSL_CLIENT_S_DN": BOB,
                "HTTP_X_SSL_CLIENT_VERIFY": "SUCCESS",
            },
        )
        identity = shown["client_identity"]
        self.assertEqual(identity["issuer"], "CN=Staff CA,O=Example")
        self.assertEqual(identity["sans"]["email"], ["alice@example.com"])
        statement = shown["countersign"]
        self.assertEqual((statement["status"], statement["basis"]), ("verified", "safe-method"))
        self.assertEqual((statement["verdict"], statement["audience"]), ("permit", "browser"))

    def test_shows_nothing_that_could_be_sent_again(self) -> None:
        self.client.client_identity = make_identity(ALICE)
        answer = self.client.get("/whoami")
        self.assertNotIn(answer.request["HTTP_COUNTERSIGN_ASSERTION"], answer.content.decode())

    def test_anonymous(self) -> None:
        shown = self.client.get("/whoami").json()
        self.assertEqual(shown.pop("countersign")["status"], "none")
        expected: dict[str, Any] = {
            "user": None,
            "subject": None,
            "secure": False,
            "client_identity": None,
            "identity_headers": {},
        }
        self.assertEqual(shown, expected)


class DisabledTests(CountersignTestCase):
    """Unless BANK_ECHO is set, nothing is echoed."""

    @override_settings(BANK_ECHO=False)
    def test_there_is_nothing(self) -> None:
        for path in ["/echo", "/echo/x", "/stream", "/upload"]:
            for answer in [self.client.get(path), self.client.post(path)]:
                self.assertEqual(answer.status_code, 404, path)


@override_settings(BANK_ECHO=True)
class EchoTests(CountersignTestCase):
    """Whatever arrives is shown, but the assertion."""

    def test_shows_the_request(self) -> None:
        answer = self.client.generic(
            "REPORT",
            "/echo/a%2Fb/%0A?x=%20y",
            b"body",
            headers=stamped(ALICE) | {"X-Test": "1"},
            RAW_URI="/echo/a%2Fb/%0A?x=%20y",
        )
        shown = answer.json()
        self.assertEqual(shown["method"], "REPORT")
        self.assertEqual(shown["raw_path"], "/echo/a%2Fb/%0A")
        self.assertEqual(shown["path_info"], "/echo/a/b/\n")
        self.assertEqual(shown["query_string"], "x=%20y")
        self.assertEqual(shown["protocol"], "HTTP/1.1")
        self.assertEqual(shown["headers"]["x-test"], "1")
        self.assertEqual(shown["headers"]["x-ssl-client-s-dn"], ALICE)
        self.assertTrue(shown["secure"])
        self.assertEqual(shown["body_length"], 4)
        self.assertEqual(shown["body_sha256"], sha256(b"body").hexdigest())
        self.assertIsNone(shown["raw_headers"])
        self.assertNotIn("countersign-assertion", shown["headers"])

    def test_asks_no_csrf_token(self) -> None:
        answer = Browser().post("/echo", "x=1", Origin="https://evil.example")
        self.assertEqual(answer.status_code, 200)

    async def test_shows_the_request_under_asgi(self) -> None:
        answer = await self.async_client.post(
            "/echo?x=1", b"body", content_type="text/plain", headers={"X-Test": "1"}
        )
        shown = answer.json()
        self.assertIn(["x-test", "1"], shown["raw_headers"])
        self.assertEqual(shown["query_string"], "x=1")
        self.assertEqual(shown["body_sha256"], sha256(b"body").hexdigest())

    def test_streams_as_many_lines_as_asked(self) -> None:
        answer: Any = self.client.get("/stream?chunks=3&delay_ms=0&size=12")
        self.assertTrue(answer.streaming)
        self.assertEqual(
            list(answer.streaming_content), [b"chunk 0 ...\n", b"chunk 1 ...\n", b"chunk 2 ...\n"]
        )

    async def test_streams_under_asgi_without_collecting_first(self) -> None:
        answer: Any = await self.async_client.get("/stream?chunks=2&delay_ms=0&size=9")
        self.assertTrue(answer.is_async)
        lines = [line async for line in answer.streaming_content]
        self.assertEqual(lines, [b"chunk 0 \n", b"chunk 1 \n"])

    def test_upload_has_no_limit_of_its_own(self) -> None:
        body = b"x" * 3_000_001
        answer = self.client.post("/upload", body, content_type="application/octet-stream")
        expected = {"length": len(body), "sha256": sha256(body).hexdigest()}
        self.assertEqual(answer.json(), expected)


class ChunkedBodyTests(CountersignTestCase):
    """Under WSGI a chunked body has no length; Django alone would read nothing."""

    def request(self, *, terminated: bool) -> WSGIRequest:
        environ = RequestFactory().post("/upload").environ
        del environ["CONTENT_LENGTH"]
        environ["wsgi.input"] = BytesIO(b"chunked")
        environ["wsgi.input_terminated"] = terminated
        return WSGIRequest(environ)

    def test_is_read_from_a_server_that_ends_its_stream(self) -> None:
        length, digest = length_and_sha256(self.request(terminated=True))
        self.assertEqual((length, digest), (7, sha256(b"chunked").hexdigest()))

    def test_is_left_alone_where_the_stream_would_not_end(self) -> None:
        self.assertEqual(length_and_sha256(self.request(terminated=False))[0], 0)
