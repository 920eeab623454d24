"""The WebSocket echo, driven as an ASGI server drives it."""

import json
import os
from typing import Any
from unittest import mock

from asgiref.testing import ApplicationCommunicator
from django_countersign import binding
from django_countersign.testing import CountersignTestCase

from accounts.tests.gateway import ALICE, identity, stamped

with mock.patch.dict(os.environ, BANK_ASSERTION_KEYS="each test case has its own"):
    from bank_site.asgi import application


class WebSocketTests(CountersignTestCase):
    """A handshake with its assertion, as the gateway sends it."""

    async def open(
        self,
        headers: dict[str, str],
        path: str = "/ws/echo",
        subject: str | None = ALICE,
        assertion: str | None = None,
    ) -> Any:
        scope = self.scope(headers, path)
        if assertion is None:
            assertion = self.assertion(scope, subject)
        if assertion:
            scope["headers"].append((b"countersign-assertion", assertion.encode()))
        # Through Any: asgiref's tester has no types.
        communicator: Any = ApplicationCommunicator
        socket = communicator(application, scope)
        await socket.send_input({"type": "websocket.connect"})
        return socket

    def scope(self, headers: dict[str, str], path: str = "/ws/echo") -> dict[str, Any]:
        fields = {"host": "localhost"} | headers
        return {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [
                (name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()
            ],
        }

    def assertion(self, scope: dict[str, Any], subject: str | None = ALICE) -> str:
        claims = self.signer.claims(binding.of_scope(scope), identity(subject))
        return self.signer.sign(claims)

    async def test_says_who_connected_then_echoes_text_and_bytes(self) -> None:
        socket = await self.open(stamped(ALICE))
        self.assertEqual(await socket.receive_output(), {"type": "websocket.accept"})
        hello = json.loads((await socket.receive_output())["text"])
        self.assertEqual(
            hello,
            {
                "user": "alice",
                "subject": ALICE,
                "identity_headers": {
                    "HTTP_X_FORWARDED_PROTO": "https",
                    "HTTP_X_SSL_CLIENT_S_DN": ALICE,
                    "HTTP_X_SSL_CLIENT_VERIFY": "SUCCESS",
                },
            },
        )
        messages: list[dict[str, Any]] = [
            {"type": "websocket.receive", "text": "", "bytes": None},
            {"type": "websocket.receive", "text": "grüß"},
            {"type": "websocket.receive", "bytes": b""},
            {"type": "websocket.receive", "text": None, "bytes": b"\x00\xff"},
        ]
        for sent in messages:
            await socket.send_input(sent)
            expected = {key: value for key, value in sent.items() if value is not None}
            self.assertEqual(await socket.receive_output(), expected | {"type": "websocket.send"})
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait()
        self.assertTrue(await socket.receive_nothing())

    async def test_anonymous(self) -> None:
        socket = await self.open(stamped(None), subject=None)
        await socket.receive_output()
        hello = json.loads((await socket.receive_output())["text"])
        self.assertIsNone(hello["user"])
        self.assertIsNone(hello["subject"])

    async def test_identity_headers_do_not_count_in_any_spelling(self) -> None:
        underscores = {"x_ssl_client-verify": "SUCCESS", "x_ssl_client-s-dn": ALICE}
        for headers in [stamped(ALICE), underscores]:
            socket = await self.open(headers, subject=None)
            await socket.receive_output()
            hello = json.loads((await socket.receive_output())["text"])
            self.assertEqual((hello["user"], hello["subject"]), (None, None))

    async def test_other_paths_and_certificates_that_name_nobody_are_closed(self) -> None:
        for path, subject in [("/ws/other", ALICE), ("/ws/echo", "O=Example")]:
            socket = await self.open(stamped(ALICE), path, subject)
            self.assertEqual(await socket.receive_output(), {"type": "websocket.close"})
            await socket.wait()

    async def refused(self, socket: Any, code: str) -> None:
        expected = {"type": "websocket.close", "code": 4403, "reason": code}
        self.assertEqual(await socket.receive_output(), expected)
        await socket.wait()

    async def test_bare_headers_are_no_assertion(self) -> None:
        with self.assertLogs("django_countersign", "WARNING"):
            await self.refused(await self.open(stamped(ALICE), assertion=""), "assertion-missing")

    async def test_a_copied_assertion_opens_nothing(self) -> None:
        assertion = self.assertion(self.scope({}))
        socket = await self.open({}, assertion=assertion)
        self.assertEqual(await socket.receive_output(), {"type": "websocket.accept"})
        with self.assertLogs("django_countersign", "WARNING"):
            await self.refused(await self.open({}, assertion=assertion), "assertion-replayed")
            other = await self.open({}, "/ws/other", assertion=assertion)
            await self.refused(other, "assertion-other-request")
