"""What a verified assertion says, typed. Only `Verifier` makes these from the wire.

A member that is missing or of another type is refused, not defaulted: an identity with an empty list where
the gateway wrote none would match rules that were never meant for it.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import Any, Literal, NamedTuple, cast

from django_countersign.identity import ClientIdentity, Revocation, SubjectAltNames
from django_countersign.refusal import AssertionRefused

Audience = Literal["browser", "machine", "any"]

# Evidence that a page of the site, or no page at all, sent an unsafe request. `safe-method` is not among
# them: it says that none was looked for. A basis that this version does not know proves nothing.
PROOFS_OF_INTENT = frozenset(
    {"same-origin", "trusted-origin", "fetch-metadata", "navigation", "referer", "machine", "api-key"}
)
_OF_A_CERTIFICATE = ("sub", "cnf", "x5", "rev")
_AUDIENCES = frozenset({"browser", "machine", "any"})
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")
_SAN_TYPES = ("dns", "email", "uri", "ip", "upn")


class Tls(NamedTuple):
    """The client's connection to the gateway."""

    version: Literal["1.2", "1.3"]
    sni: str
    resumed: bool


class ApiKey(NamedTuple):
    """The API key that the gateway checked: its public part, never the secret."""

    id: str
    name: str
    scopes: tuple[str, ...]


class Assertion(NamedTuple):
    """`request.countersign`: what the gateway says about this request."""

    issuer: str
    issued_at: int
    expires_at: int
    request_id: str | None
    binding: str | None
    status: Literal["verified", "none"]
    verdict: Literal["permit"]
    basis: str
    audience: Audience
    tls: Tls
    identity: ClientIdentity | None
    api_key: ApiKey | None = None
    # Codes of what the gateway would have refused, were the route not on trial (`report_only`): identity
    # first. The proof that is missing is not claimed: without one that holds there is no identity, and the
    # basis `report-only` proves no intent.
    reported: tuple[str, ...] = ()

    def intent_proved(self) -> bool:
        """Return whether evidence of intent was found; for a safe method none was looked for."""
        return self.basis in PROOFS_OF_INTENT


class Identities:
    """The identities read lately: a certificate sends many requests, and each repeats it word by word.

    Found only by equality of everything that is read, so an entry cannot be wrong, and bounded.
    """

    MAX = 512

    def __init__(self) -> None:
        self._known: dict[object, tuple[tuple[object, ...], ClientIdentity]] = {}

    def of(self, claims: dict[str, Any]) -> ClientIdentity:
        """Return the identity that the claims name."""
        cnf = claims.get("cnf")
        said = (claims.get("sub"), cnf, claims.get("x5"), claims.get("rev"))
        key = cnf.get("x5t#S256") if type(cnf) is dict else None
        known = self._known.get(key) if type(key) is str else None
        if known is not None and known[0] == said:
            return known[1]
        identity = _identity(claims)
        if len(self._known) >= self.MAX:
            self._known.clear()
        self._known[key] = said, identity
        return identity


def parse(claims: dict[str, Any], identities: Identities) -> tuple[str, Assertion]:
    """Return the audience (`aud`) and the rest, typed."""
    try:
        return _text(claims, "aud"), _assertion(claims, identities)
    except _Malformed as error:
        raise AssertionRefused("assertion-malformed", str(error)) from None


class _Malformed(Exception):  # noqa: N818 - it never leaves this module
    pass


def _assertion(claims: dict[str, Any], identities: Identities) -> Assertion:
    status = claims.get("status")
    if status != "verified" and status != "none":  # noqa: PLR1714 - mypy narrows this form
        raise _Malformed(f"expected status 'verified' or 'none', found {status!r}")
    csrf, tls = _object(claims, "csrf"), _object(claims, "tls")
    if csrf.get("verdict") != "permit":
        raise _Malformed(f"expected verdict 'permit', found {csrf.get('verdict')!r}")
    audience = csrf.get("audience")
    if type(audience) is not str or audience not in _AUDIENCES:
        raise _Malformed(f"expected audience 'browser', 'machine' or 'any', found {audience!r}")
    if status == "none" and not claims.keys().isdisjoint(_OF_A_CERTIFICATE):
        raise _Malformed("there is no certificate, and claims that speak of one")
    binding = request_id = None
    if "req" in claims or "jti" in claims:
        # Bound to a request: then it can also be told from a copy.
        binding, request_id = _text(claims, "req"), _text(claims, "jti")
    return Assertion(
        _text(claims, "iss"),
        _number(claims, "iat"),
        _number(claims, "exp"),
        request_id,
        binding,
        status,
        "permit",
        _text(csrf, "basis"),
        cast("Audience", audience),
        Tls(_version(tls), _text(tls, "sni"), _boolean(tls, "resumed")),
        identities.of(claims) if status == "verified" else None,
        _api_key(_object(claims, "api_key")) if "api_key" in claims else None,
        _reported(claims),
    )


def _api_key(key: dict[str, Any]) -> ApiKey:
    return ApiKey(_text(key, "id"), _text(key, "name"), _texts(key, "scopes"))


def _reported(claims: dict[str, Any]) -> tuple[str, ...]:
    if "reported" not in claims:
        return ()
    codes = _texts(claims, "reported")
    if not codes:
        raise _Malformed("expected a reason in 'reported', or none of it")
    return codes


def _identity(claims: dict[str, Any]) -> ClientIdentity:
    x5 = _object(claims, "x5")
    sans = _object(x5, "san")
    _text(x5, "s")  # the same as `sub`, which is what counts
    return ClientIdentity(
        _text(claims, "sub"),
        _text(x5, "i"),
        _text(x5, "n"),
        SubjectAltNames(*[_texts(sans, name) for name in _SAN_TYPES]),
        _digest(_object(claims, "cnf"), "x5t#S256"),
        _digest(x5, "spki"),
        _number(x5, "nb"),
        _number(x5, "na"),
        _text(x5, "bundle"),
        _revocation(_object(claims, "rev")),
    )


def _revocation(rev: dict[str, Any]) -> Revocation:
    source = rev.get("src")
    if source == "none":
        return Revocation("none")
    if source != "crl":
        raise _Malformed(f"expected src 'crl' or 'none', found {source!r}")
    return Revocation("crl", _number(rev, "at"), _boolean(rev, "ok"))


def _version(tls: dict[str, Any]) -> Literal["1.2", "1.3"]:
    version = tls.get("v")
    if version != "1.3" and version != "1.2":  # noqa: PLR1714 - mypy narrows this form
        raise _Malformed(f"expected TLS '1.2' or '1.3', found {version!r}")
    return cast("Literal['1.2', '1.3']", version)


def _object(members: dict[str, Any], name: str) -> dict[str, Any]:
    value = members.get(name)
    if type(value) is not dict:
        raise _Malformed(f"expected an object {name!r}")
    return value


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if type(value) is not str:
        raise _Malformed(f"expected text {name!r}")
    return value


def _texts(members: dict[str, Any], name: str) -> tuple[str, ...]:
    value = members.get(name)
    if type(value) is not list:
        raise _Malformed(f"expected a list {name!r}")
    for one in value:
        if type(one) is not str:
            raise _Malformed(f"expected a list of texts {name!r}")
    return tuple(value)


def _number(members: dict[str, Any], name: str) -> int:
    value = members.get(name)
    # True is an int to isinstance; other languages have 64 bits for it.
    if type(value) is not int or not -(1 << 63) <= value < 1 << 63:
        raise _Malformed(f"expected a whole number {name!r}")
    return value


def _boolean(members: dict[str, Any], name: str) -> bool:
    value = members.get(name)
    if type(value) is not bool:
        raise _Malformed(f"expected true or false {name!r}")
    return value


def _digest(members: dict[str, Any], name: str) -> str:
    """Return a SHA-256 digest in hexadecimal.

    The gateway's signed word is taken as it is: stray bits in its last character are dropped, not judged.
    """
    text = _text(members, name)
    if _DIGEST.fullmatch(text) is None:
        raise _Malformed(f"expected a SHA-256 digest {name!r}")
    return urlsafe_b64decode(text + "=").hex()
