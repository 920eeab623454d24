"""A WebSocket echo in plain ASGI, for the tests of a gateway in front.

A browser opens a WebSocket from any page and attaches the certificate, and Django's CSRF
protection never sees the handshake. This handler asks nothing either; countersign checks the
handshake's Origin before it gets here, and `CountersignASGI` around it the assertion.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import authenticate

from accounts.identity import identity_headers

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def websocket_application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Say who connected, then return each text and binary message until the client leaves."""
    await receive()  # websocket.connect
    hello = await _hello(scope)
    if scope["path"] != "/ws/echo" or hello is None:
        # Closing before accepting makes the server answer 403.
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": json.dumps(hello)})
    while (event := await receive())["type"] == "websocket.receive":
        # Servers send the key that does not apply either as None or not at all.
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})


async def _hello(scope: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what to say first, or None for a certificate that names nobody."""
    identity = scope["client_identity"]
    user = None
    if identity is not None:
        user = await sync_to_async(authenticate)(client_identity=identity)
        if user is None:
            return None
    return {
        "user": None if user is None else user.get_username(),
        "subject": None if identity is None else identity.subject,
        "identity_headers": identity_headers(_meta(scope["headers"])),
    }


def _meta(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers as Django names them; like Django, drop names with an underscore."""
    meta: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:
            continue
        key = "HTTP_" + name.upper().replace("-", "_")
        meta[key] = f"{meta[key]},{value}" if key in meta else value
    return meta
