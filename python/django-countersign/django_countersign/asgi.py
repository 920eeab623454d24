"""Protects WebSockets, which Django's middleware never sees.

    application = CountersignASGI(ProtocolTypeRouter({"http": get_asgi_application(), "websocket": ...}))

A handshake without a valid assertion is refused with HTTP 403 where the server can, and by closing before
the acceptance, with code 4403, where it cannot. Others find `scope["client_identity"]` and
`scope["countersign"]`. Requests of type `http` are CountersignMiddleware's: checked twice, each would be a
replay of itself. There is no exception for health checks here: a probe opens no WebSocket.
"""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

from django_countersign import binding
from django_countersign.admission import aspend
from django_countersign.conf import config
from django_countersign.refusal import AssertionRefused
from django_countersign.refusal_response import problem
from django_countersign.verifier import verifier

if TYPE_CHECKING:
    from collections.abc import Awaitable, MutableMapping
    from typing import Callable

    from django_countersign.assertion import Assertion

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("django_countersign")

HEADER = b"countersign-assertion"
CLOSE_CODE = 4403


class CountersignASGI:
    """Wraps an ASGI application."""

    def __init__(self, application: Application) -> None:
        config()
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Verify a WebSocket handshake; pass on everything else."""
        if scope["type"] != "websocket":
            await self.application(scope, receive, send)
            return
        try:
            assertion = await _admit(scope)
        except AssertionRefused as refused:
            _log.warning("refused WebSocket %r: %s", scope.get("path"), refused)
            await _refuse(refused, scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != HEADER]
        identity = assertion.identity
        inner = {**scope, "headers": headers, "countersign": assertion, "client_identity": identity}
        await self.application(inner, receive, send)


async def _admit(scope: Scope) -> Assertion:
    values = [value for name, value in scope["headers"] if name.lower() == HEADER]
    if len(values) > 1:
        raise AssertionRefused("assertion-duplicate")
    value = values[0].decode("latin-1") if values else None
    now = int(time.time())
    assertion = verifier().verify(value, lambda: binding.of_scope(scope), now)
    if assertion.request_id is not None:
        # A GET, but one that opens a channel for everything: a copy of it must not count.
        await aspend(assertion, now)
    return assertion


async def _refuse(refused: AssertionRefused, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect: nothing may be sent before it
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": CLOSE_CODE, "reason": refused.code})
        return
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
    body = json.dumps(problem(refused.code)).encode()
    await send({"type": "websocket.http.response.body", "body": body})
