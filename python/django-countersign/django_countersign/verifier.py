"""The one verification, in the order of docs/assertion.md: form, key, signature, claims, request.

No claim is read before the signature held. Algorithm and keys come from the configuration; the token's
header only has to agree with them, and a header with anything else in it (`jwk`, `jku`, `x5c`, `crit`) is
refused unread (RFC 8725 sections 3.1 and 3.10). Replays are the middleware's to find: that needs a cache.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable

from django.core.signals import setting_changed

from django_countersign.assertion import Identities, parse
from django_countersign.conf import SETTING, config
from django_countersign.jose import NotJose, decode_base64url, decode_object
from django_countersign.keys import KeyFile
from django_countersign.refusal import AssertionRefused

if TYPE_CHECKING:
    from django_countersign.assertion import Assertion
    from django_countersign.binding import Binding
    from django_countersign.conf import Config

TYPE = "countersign+jwt"
MAX_LENGTH = 16 * 1024
MAX_LIFE = 60
SKEW = 5
HEADER_MEMBERS = 3
MAX_HEADERS = 16


class Verifier:
    """Verifies for one configuration; `now` is a parameter of `verify` so that tests own the clock."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._keys = KeyFile(config.keys, config.algorithm, clock)
        self._identities = Identities()
        # Headers under which a signature held, by their kid: all assertions of a key have the same one.
        self._headers: dict[bytes, str] = {}

    def verify(self, value: str | None, binding: Callable[[], Binding], now: int) -> Assertion:
        """Return what the assertion says of this request, or raise `AssertionRefused`."""
        message, head, payload, signature = _take_apart(value)
        kid = self._headers.get(head) or self._read_header(head)
        key = self._keys.find(kid)
        if key is None:
            raise AssertionRefused("assertion-unknown-key", f"kid {kid!r}")
        if not key.verify(message, signature):
            raise AssertionRefused("assertion-bad-signature")
        self._remember(head, kid)
        try:
            claims = decode_object(payload)
        except NotJose as error:
            raise AssertionRefused("assertion-malformed", f"claims: {error}") from None
        audience, assertion = parse(claims, self._identities)
        self._check_parties(audience, assertion)
        _check_time(assertion, now)
        if assertion.binding is None:
            if not self._config.allow_session_assertions:
                raise AssertionRefused("assertion-other-request", "it is bound to no request")
        elif assertion.binding != binding().digest():
            raise AssertionRefused("assertion-other-request")
        return assertion

    def _read_header(self, head: bytes) -> str:
        """Return the `kid` of a header that says what is configured, and nothing else."""
        try:
            header = decode_object(decode_base64url(head))
        except NotJose as error:
            raise AssertionRefused("assertion-malformed", f"header: {error}") from None
        typ, alg, kid = header.get("typ"), header.get("alg"), header.get("kid")
        if (
            len(header) != HEADER_MEMBERS
            or type(typ) is not str
            or type(alg) is not str
            or type(kid) is not str
        ):
            raise AssertionRefused(
                "assertion-malformed", f"expected typ, alg and kid, found {sorted(header)}"
            )
        if typ != TYPE or alg != self._config.algorithm:
            raise AssertionRefused("assertion-algorithm", f"found {typ!r}, {alg!r}")
        return kid

    def _remember(self, head: bytes, kid: str) -> None:
        if head not in self._headers:
            if len(self._headers) >= MAX_HEADERS:
                self._headers.clear()
            self._headers[head] = kid

    def _check_parties(self, audience: str, assertion: Assertion) -> None:
        if assertion.issuer != self._config.issuer:
            expected = self._config.issuer
            raise AssertionRefused("assertion-issuer", f"expected {expected!r}, found {assertion.issuer!r}")
        if audience != self._config.audience:
            expected = self._config.audience
            raise AssertionRefused("assertion-audience", f"expected {expected!r}, found {audience!r}")


def _take_apart(value: str | None) -> tuple[bytes, bytes, bytes, bytes]:
    """Return what is signed, the header still encoded, the claims still unread, and the signature."""
    if value is None:
        raise AssertionRefused("assertion-missing")
    if "," in value:
        raise AssertionRefused("assertion-duplicate")
    if len(value) > MAX_LENGTH or not value.isascii():
        raise AssertionRefused("assertion-malformed", "longer than 16 KiB, or not ASCII")
    message, _, tail = value.encode("ascii").rpartition(b".")
    head, dot, payload = message.partition(b".")
    if not dot:
        raise AssertionRefused("assertion-malformed", "expected three parts")
    try:
        # A further dot is foreign to base64url.
        return message, head, decode_base64url(payload), decode_base64url(tail)
    except NotJose as error:
        raise AssertionRefused("assertion-malformed", str(error)) from None


def _check_time(assertion: Assertion, now: int) -> None:
    life = assertion.expires_at - assertion.issued_at
    if not 1 <= life <= MAX_LIFE:
        raise AssertionRefused("assertion-lifetime", f"{life} s")
    if now > assertion.expires_at + SKEW:
        raise AssertionRefused("assertion-expired", f"{now - assertion.expires_at} s ago")
    if now < assertion.issued_at - SKEW:
        raise AssertionRefused("assertion-not-yet-valid", f"in {assertion.issued_at - now} s")


@lru_cache(maxsize=1)
def verifier() -> Verifier:
    """Return the verifier of this process; it keeps the keys between requests."""
    return Verifier(config())


def _forget(*, setting: str, **_kwargs: Any) -> None:
    if setting == SETTING:
        verifier.cache_clear()


setting_changed.connect(_forget, dispatch_uid="django_countersign.verifier")
