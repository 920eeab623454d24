"""ASGI entry point: `uvicorn bank_site.asgi:application`. Django itself speaks no WebSocket."""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank_site.settings")

django_application = get_asgi_application()

# Needs the settings, so only now.
from accounts.websocket import websocket_application  # noqa: E402


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Send WebSocket connections to the small handler and everything else to Django."""
    if scope["type"] == "websocket":
        await websocket_application(scope, receive, send)
    else:
        await django_application(scope, receive, send)
