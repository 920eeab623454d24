"""The story: who sends what, and what has to come of it."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from curl import Answer, Curl

_EVIL = "https://evil.example"
_SPOOFS = (
    "X-SSL-Client-S-DN: CN=mallory",
    "x_ssl_client_s_dn: CN=mallory",
    "X.SSL.Client-S-DN: CN=mallory",
    "SSL-Client-Cert-Subject: CN=mallory",
    "Remote-User: mallory",
    "X-Forwarded-User: mallory",
)

Transfer = tuple[str, str, str, str]  # sender, payee, amount, via


@dataclass(frozen=True)
class Scene:
    """One request and what has to come of it; nothing moves unless `moves` says so."""

    title: str
    story: str
    curl: Curl
    status: int
    reason: str | None = None  # of the gateway
    app_reason: str | None = None  # of the app, for what went past the gateway
    moves: tuple[Transfer, ...] = ()
    # Names of the JSON answer with their values, and what must stand nowhere in the answer.
    shows: dict[str, object] = field(default_factory=dict)
    hides: str | None = None


@dataclass(frozen=True)
class Place:
    """Where the servers and the files are."""

    gateway: str
    django: str
    files: Path
    access_log: Path

    def client(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return curl's options to speak TLS as the client whose certificate has this path."""
        files = self.files / name
        return (*self.server(), ("--cert", f"{files}.pem"), ("--key", f"{files}.key"))

    def server(self) -> tuple[tuple[str, ...], ...]:
        """Return curl's option to believe the gateway's own certificate."""
        return (("--cacert", str(self.files / "ca/ca.pem")),)

    def captured(self, request: str, name: str) -> tuple[str, ...]:
        """Return curl's option to send the assertion of the last such request in Django's log."""
        pattern = re.compile(rf'"{re.escape(request)} HTTP/1\.1" (\S+)$', re.MULTILINE)
        found = pattern.findall(self.access_log.read_text(encoding="utf-8", errors="replace"))
        file = self.files / f"{name}.header"
        token = found[-1] if found else "the-log-had-none"
        file.write_text(f"Countersign-Assertion: {token}\n", encoding="utf-8")
        return ("-H", f"@{file}")


def headers(*lines: str) -> tuple[tuple[str, ...], ...]:
    """Return curl's options that send these header lines."""
    return tuple(("-H", line) for line in lines)


def browser(origin: str, site: str) -> tuple[tuple[str, ...], ...]:
    """Return what a browser itself says about a form that a page of `origin` posts."""
    return headers(f"Origin: {origin}", f"Sec-Fetch-Site: {site}", "Sec-Fetch-Mode: navigate")


def form_token(page: Answer) -> str:
    """Return the CSRF token in the page's form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    return html.unescape(found[1]) if found else "the-page-had-no-token"


def page(place: Place) -> Scene:
    """Alice opens the bank."""
    jar = str(place.files / "alice.cookies")
    return Scene(
        "Alice opens her account page.",
        "Her certificate logs her in. The page brings Django's CSRF cookie and the form's token.",
        # Read and written: a page that is opened again keeps its session, and the token its worth.
        Curl(f"{place.gateway}/", (*place.client("alice"), ("-b", jar), ("-c", jar))),
        status=200,
    )


def form_posts(place: Place, token: str) -> Iterator[Scene]:
    """Yield the form, sent from the bank's page and from another one."""
    jar = str(place.files / "alice.cookies")
    fields = (("-b", jar), ("-d", "payee=bob&amount=25"), ("-d", f"csrfmiddlewaretoken={token}"))
    yield Scene(
        "She sends 25 to Bob with the form on that page.",
        "Her browser names the page's origin, and it is the bank's own: she meant it.",
        Curl(
            f"{place.gateway}/transfer",
            (*place.client("alice"), *browser(place.gateway, "same-origin"), *fields),
        ),
        status=303,
        moves=(("alice", "bob", "25.00", "form"),),
    )
    yield Scene(
        "A page of evil.example sends the same form.",
        "The browser adds her certificate just the same. Say that the attacker even got hold of "
        "cookies and token: the origin still tells, and no page can change what the browser "
        "writes there.",
        Curl(
            f"{place.gateway}/transfer",
            (*place.client("alice"), *browser(_EVIL, "cross-site"), *fields),
        ),
        status=403,
        reason="origin-mismatch",
    )


def exempt_posts(place: Place) -> Iterator[Scene]:
    """Yield the csrf_exempt view: forged in two ways, and used honestly."""
    forged = (*browser(_EVIL, "cross-site"), ("-d", "payee=mallory&amount=250"))
    yield Scene(
        "A page of evil.example has Alice's browser post a form to it.",
        "The certificate is hers, so a proxy that only checks certificates would pass it on, and "
        'the view asks for nothing else. This route says audience = "machine": what a browser '
        "sends does not get through.",
        Curl(f"{place.gateway}/machine/transfer", (*place.client("alice"), *forged)),
        status=403,
        reason="browser-on-machine-route",
    )
    yield Scene(
        "The same form from something that hides what browsers say.",
        "A form can be sent without asking anybody; so a machine client has to show one thing "
        "that a form cannot: a JSON body, or the header Countersign-Client.",
        Curl(
            f"{place.gateway}/machine/transfer",
            (*place.client("alice"), ("-d", "payee=mallory&amount=250")),
        ),
        status=403,
        reason="machine-marker-missing",
    )
    yield Scene(
        "The billing program, for which the endpoint was made.",
        "JSON, no cookie, no page: exempt from the token, yet not open to every web page.",
        Curl(
            f"{place.gateway}/machine/transfer",
            (
                *place.client("billing"),
                *headers("Content-Type: application/json"),
                ("-d", '{"payee": "bob", "amount": "40"}'),
            ),
        ),
        status=201,
        moves=(("billing", "bob", "40.00", "machine"),),
    )


def past_the_gateway(place: Place) -> Iterator[Scene]:
    """Yield what reaches Django's own port: copied headers, and copied assertions."""
    pay = "/machine/transfer"
    transfer = place.captured(f"POST {pay}", "captured-transfer")
    page = place.captured("GET /", "captured-page")
    host = ("-H", f"Host: {place.gateway.removeprefix('https://')}")
    body = headers("Content-Type: application/json")
    body = (*body, ("-d", '{"payee": "mallory", "amount": "250"}'))
    yield Scene(
        "Mallory reaches Django itself and writes the headers that proxies write.",
        "The usual setup believes them, whoever sends them. This app believes a signed assertion, "
        "and nothing else.",
        Curl(
            f"{place.django}{pay}",
            (
                *headers("X-SSL-Client-Verify: SUCCESS", "X-SSL-Client-S-DN: CN=alice,O=Example"),
                *headers("SSL-Client-Cert-Subject: CN=alice,O=Example", "Remote-User: alice"),
                *body,
            ),
        ),
        status=403,
        app_reason="assertion-missing",
    )
    yield Scene(
        "She has got hold of a log that has whole requests in it, the billing program's as well.",
        "She sends it again, assertion and all. Each one counts once for a request that changes "
        "something, and after 30 seconds not at all.",
        Curl(f"{place.django}{pay}", (host, transfer, *body)),
        status=403,
        app_reason="assertion-replayed",
    )
    yield Scene(
        "She takes the assertion of Alice's page view, which nobody has to remember.",
        "It was made for GET / and for nothing else.",
        Curl(f"{place.django}{pay}", (host, page, *body)),
        status=403,
        app_reason="assertion-other-request",
    )


def spoofs(place: Place) -> Iterator[Scene]:
    """Yield a client that calls itself somebody else."""
    yield Scene(
        "Alice calls herself Mallory, in every spelling that some server would take for it.",
        "The gateway removes all of them, even those that Connection names, before it signs "
        "what is true; /whoami shows what Django received.",
        Curl(
            f"{place.gateway}/whoami",
            (
                *place.client("alice"),
                ("--http1.1",),
                *headers(*_SPOOFS, "Connection: X-SSL-Client-Verify, X-SSL-Client-S-DN"),
            ),
        ),
        status=200,
        shows={"user": "alice"},
        hides="mallory",
    )


def certificates(place: Place) -> Iterator[Scene]:
    """Yield the certificates that do not count."""
    for title, story, options, reason in (
        (
            "No certificate.",
            "The handshake succeeds, so that there can be an answer that says what is missing.",
            place.server(),
            "client-cert-missing",
        ),
        (
            "A certificate of Alice's that ended yesterday.",
            "It is judged for each request, on resumed connections too.",
            place.client("expired/alice"),
            "client-cert-expired",
        ),
        (
            "A certificate that says alice too, from a CA that the bank never trusted.",
            "Anybody can issue such a thing.",
            place.client("stranger/alice"),
            "client-cert-unknown-ca",
        ),
    ):
        yield Scene(title, story, Curl(f"{place.gateway}/", options), status=403, reason=reason)


def websocket(place: Place) -> Iterator[Scene]:
    """Yield the handshake that browsers send across sites, certificate and all."""
    yield Scene(
        "A page of evil.example opens a WebSocket to the bank.",
        "No preflight, no same-origin policy, and Chromium sends no Sec-Fetch headers with it: "
        "the origin is all there is.",
        Curl(
            f"{place.gateway}/ws/echo",
            (
                *place.client("alice"),
                ("--http1.1",),
                *headers("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
                *headers("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", f"Origin: {_EVIL}"),
            ),
        ),
        status=403,
        reason="origin-mismatch",
    )
