"""What the pages do, in the order in which they do it.

`expected` says what has to come of a case through the gateway:

- "refused": an unsafe request of a page that has no business here. Nothing of it may reach the app.
- "safe": a GET that any page may cause. It may reach the app, which must do nothing on it.
- "honest": it has to reach the app.
- "unsent": the browser itself sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Expected = Literal["refused", "safe", "honest", "unsent"]


@dataclass(frozen=True)
class Case:
    """One thing that a page does."""

    name: str
    what: str
    expected: Expected


FOREIGN = [
    Case("form-urlencoded", "form, urlencoded", "refused"),
    Case("form-text-plain", "form, text/plain", "refused"),
    Case("form-multipart", "form, multipart", "refused"),
    Case("form-top-level", "form, in a window of its own", "refused"),
    Case("fetch-no-cors", "fetch, no-cors, credentials", "refused"),
    Case("fetch-no-cors-omit", "fetch, no-cors, without credentials", "refused"),
    Case("fetch-cors-simple", "fetch, cors, text/plain", "refused"),
    Case("fetch-cors-json", "fetch, cors, JSON: a preflight", "refused"),
    Case("fetch-cors-put", "fetch, cors, PUT: a preflight", "refused"),
    Case("fetch-same-origin", "fetch, mode same-origin", "unsent"),
    Case("xhr", "XMLHttpRequest with credentials", "refused"),
    Case("keepalive", "fetch, keepalive", "refused"),
    Case("beacon", "beacon, text", "refused"),
    Case("beacon-json", "beacon, a Blob of JSON: a preflight", "refused"),
    Case("blob-untyped", "fetch, no-cors, a Blob without a type", "refused"),
    Case("blob-json", "fetch, no-cors, a Blob of JSON", "refused"),
    Case("frame-sandboxed", "form in a sandboxed frame", "refused"),
    Case("frame-srcdoc", "form in a srcdoc frame", "refused"),
    Case("frame-data", "form in a data: frame", "refused"),
    Case("no-referrer", "form of a page with no-referrer", "refused"),
    Case("redirect-307", "form, sent on by a 307", "refused"),
    Case("redirect-308", "form, sent on by a 308", "refused"),
    Case("worker", "fetch of a service worker", "refused"),
    Case("websocket", "WebSocket", "refused"),
    Case("eventsource", "EventSource", "safe"),
    Case("image", "image", "safe"),
    Case("script", "script", "safe"),
]

PARTNER = [
    Case("fetch-cors-simple", "fetch, cors, text/plain", "honest"),
    Case("fetch-cors-json", "fetch, cors, JSON: a preflight", "honest"),
    Case("fetch-cors-put", "fetch, cors, PUT, which its policy does not name", "refused"),
]

OWN = [
    Case("form-urlencoded", "form, urlencoded", "honest"),
    Case("form-multipart", "form, multipart", "honest"),
    Case("form-top-level", "form, in a window of its own", "honest"),
    Case("fetch-same-origin", "fetch, JSON", "honest"),
    Case("fetch-cors-put", "fetch, PUT", "honest"),
    Case("xhr", "XMLHttpRequest", "honest"),
    Case("keepalive", "fetch, keepalive", "honest"),
    Case("beacon", "beacon", "honest"),
    Case("websocket", "WebSocket", "honest"),
    Case("eventsource", "EventSource", "honest"),
    Case("image", "image", "honest"),
]

# Role of the page, who that is, and its cases.
ROLES: dict[str, tuple[str, list[Case]]] = {
    "evil": ("an attacker's page on another site", FOREIGN),
    "blog": ("a page of a sibling host", FOREIGN),
    "partner": ("a front end that the site's policy names", PARTNER),
    "app": ("the app's own pages", OWN),
}
