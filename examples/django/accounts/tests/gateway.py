"""What the gateway sends to the app, so that tests can stand in for it."""

from typing import Any

from django.test import Client

ALICE = "CN=alice,O=Example"
BOB = "CN=bob,O=Example"
ORIGIN = "https://localhost"

# No public type has what the test client adds to a response.
Response = Any


def stamped(subject: str | None) -> dict[str, str]:
    """Return the headers of format `nginx` for a certificate, or for none."""
    headers = {"X-Forwarded-Proto": "https"}
    if subject is None:
        return headers | {"X-SSL-Client-Verify": "NONE"}
    return headers | {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-S-DN": subject}


class Browser:
    """A browser behind the gateway: keeps cookies, and holds a certificate or none."""

    def __init__(self, subject: str | None = ALICE) -> None:
        self.subject = subject
        self.client = Client(enforce_csrf_checks=True, headers={"Host": "localhost"})

    def get(self, path: str) -> Response:
        """Open a page."""
        return self.client.get(path, headers=stamped(self.subject))

    def post(
        self,
        path: str,
        data: Any,
        content_type: str = "application/x-www-form-urlencoded",
        **headers: str,
    ) -> Response:
        """Send a body as a page of the bank would; `headers` may replace the Origin."""
        sent = stamped(self.subject) | {"Origin": ORIGIN} | headers
        return self.client.post(path, data, content_type=content_type, headers=sent)

    @property
    def token(self) -> str:
        """The CSRF cookie, which Django accepts as a token too."""
        return self.client.cookies["csrftoken"].value

    @property
    def session(self) -> str:
        """The session's key."""
        return self.client.cookies["sessionid"].value
