"""ASGI entry point: `uvicorn bank_site.asgi:application`. Django itself speaks no WebSocket."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

from bank_site.key_file import require_key_file

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank_site.settings")
require_key_file()

django_application = get_asgi_application()

# They need the settings, so only now.
from django_countersign.asgi import CountersignASGI  # noqa: E402

from accounts.websocket import websocket_application  # noqa: E402


async def by_type(scope: Any, receive: Any, send: Any) -> None:
    """Send WebSocket connections to the small handler and everything else to Django."""
    if scope["type"] == "websocket":
        await websocket_application(scope, receive, send)
    else:
        await django_application(scope, receive, send)


# Verifies WebSocket handshakes, which Django's middleware never sees.
application = CountersignASGI(by_type)
