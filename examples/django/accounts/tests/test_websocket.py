"""The WebSocket echo, driven as an ASGI server drives it."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.test import SimpleTestCase

from accounts.tests.gateway import ALICE, stamped
from bank_site.asgi import application


class WebSocketTests(SimpleTestCase):
    """SimpleTestCase forbids queries: the handler needs no database."""

    async def open(self, headers: dict[str, str], path: str = "/ws/echo") -> Any:
        scope = {
            "type": "websocket",
            "path": path,
            "headers": [
                (name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()
            ],
        }
        # Through Any: asgiref's tester has no types.
        communicator: Any = ApplicationCommunicator
        socket = communicator(application, scope)
        await socket.send_input({"type": "websocket.connect"})
        return socket

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
        socket = await self.open(stamped(None))
        await socket.receive_output()
        hello = json.loads((await socket.receive_output())["text"])
        self.assertIsNone(hello["user"])
        self.assertIsNone(hello["subject"])

    async def test_names_with_an_underscore_do_not_count(self) -> None:
        socket = await self.open({"x_ssl_client-verify": "SUCCESS", "x_ssl_client-s-dn": ALICE})
        await socket.receive_output()
        hello = json.loads((await socket.receive_output())["text"])
        self.assertEqual(hello, {"user": None, "subject": None, "identity_headers": {}})

    async def test_other_paths_and_certificates_that_name_nobody_are_closed(self) -> None:
        duplicated = stamped(ALICE) | {"x-ssl-client-s-dn": "CN=alice,CN=bob"}
        for headers, path in [(stamped(ALICE), "/ws/other"), (duplicated, "/ws/echo")]:
            socket = await self.open(headers, path)
            self.assertEqual(await socket.receive_output(), {"type": "websocket.close"})
            await socket.wait()

    async def test_two_fields_of_one_name_are_joined_and_name_nobody(self) -> None:
        # The dictionary's two spellings become two header fields of the same name.
        socket = await self.open(stamped(ALICE) | {"x-ssl-client-s-dn": "CN=bob"})
        self.assertEqual(await socket.receive_output(), {"type": "websocket.close"})
