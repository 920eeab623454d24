"""What the gateway sends to the app, so that tests can stand in for it."""

from typing import Any

from django_countersign.identity import ClientIdentity
from django_countersign.testing import CountersignClient, make_identity

ALICE = "CN=alice,O=Example"
BOB = "CN=bob,O=Example"
ORIGIN = "https://localhost"

# No public type has what the test client adds to a response.
Response = Any


def stamped(subject: str | None) -> dict[str, str]:
    """Return the headers of format `nginx`, which the gateway may stamp too and nobody believes."""
    headers = {"X-Forwarded-Proto": "https"}
    if subject is None:
        return headers | {"X-SSL-Client-Verify": "NONE"}
    return headers | {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-S-DN": subject}


def identity(subject: str | None) -> ClientIdentity | None:
    """Return the identity that a certificate with this subject has, or that of none."""
    return None if subject is None else make_identity(subject)


class Browser:
    """A client behind the gateway: keeps cookies, and holds a certificate or none.

    `audience` is that of the route in the gateway; a program's is `machine`.
    """

    def __init__(self, subject: str | None = ALICE, audience: str = "browser") -> None:
        self.subject = subject
        basis = "machine" if audience == "machine" else None
        self.client = CountersignClient(
            enforce_csrf_checks=True, headers={"Host": "localhost"}, audience=audience, basis=basis
        )

    def get(self, path: str) -> Response:
        """Open a page."""
        self.client.client_identity = identity(self.subject)
        return self.client.get(path, headers=stamped(self.subject))

    def post(
        self,
        path: str,
        data: Any,
        content_type: str = "application/x-www-form-urlencoded",
        **headers: str,
    ) -> Response:
        """Send a body as a page of the bank would; `headers` may replace the Origin."""
        self.client.client_identity = identity(self.subject)
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
