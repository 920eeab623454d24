"""WebSocket handshakes through CountersignASGI."""

import json
import logging

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.cache import caches
from django.test import SimpleTestCase

from django_countersign import binding
from django_countersign.asgi import CountersignASGI
from django_countersign.testing import make_identity, throw_away_key
from tests.servers import scope, with_assertion


async def chat(scope_, receive, send):
    message = await receive()
    identity = scope_["client_identity"] if scope_["type"] == "websocket" else None
    told = {"email": identity and identity.email, "headers": [name.decode() for name, _ in scope_["headers"]]}
    await send({"type": "told", "got": message["type"], **told})


class WebSocketTests(SimpleTestCase):
    def setUp(self):
        context = throw_away_key()
        self.signer = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        caches["default"].clear()
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.handshake = scope(path="/chat", kind="websocket")

    def sign(self, scope_):
        identity = make_identity(email="alice@example.com")
        return self.signer.sign(self.signer.claims(binding.of_scope(scope_), identity))

    def answers(self, scope_, count=1):
        async def talk():
            client = ApplicationCommunicator(CountersignASGI(chat), scope_)
            await client.send_input({"type": "websocket.connect"})
            sent = [await client.receive_output(5) for _ in range(count)]
            await client.wait(5)
            return sent

        return async_to_sync(talk)()

    def closed(self, *assertions, scope_=None):
        (answer,) = self.answers(with_assertion(scope_ or self.handshake, *assertions))
        self.assertEqual((answer["type"], answer.get("code")), ("websocket.close", 4403))
        return answer["reason"]

    def test_a_signed_handshake_knows_its_client(self):
        (answer,) = self.answers(with_assertion(self.handshake, self.sign(self.handshake)))
        self.assertEqual((answer["got"], answer["email"]), ("websocket.connect", "alice@example.com"))
        self.assertEqual(answer["headers"], ["host"])

    def test_others_are_closed(self):
        signed = self.sign(self.handshake)
        self.assertEqual(self.closed(), "assertion-missing")
        self.assertEqual(self.closed(signed, signed), "assertion-duplicate")
        other = scope(path="/other", kind="websocket")
        self.assertEqual(self.closed(signed, scope_=other), "assertion-other-request")

    def test_a_handshake_counts_once(self):
        signed = self.sign(self.handshake)
        self.answers(with_assertion(self.handshake, signed))
        self.assertEqual(self.closed(signed), "assertion-replayed")

    def test_an_answer_in_http_where_the_server_can(self):
        able = {**self.handshake, "extensions": {"websocket.http.response": {}}}
        start, body = self.answers(able, 2)
        self.assertEqual((start["type"], start["status"]), ("websocket.http.response.start", 403))
        self.assertEqual(json.loads(body["body"])["reason"], "assertion-missing")

    def test_http_is_the_middlewares(self):
        (answer,) = self.answers(scope())
        self.assertEqual(answer["type"], "told")
