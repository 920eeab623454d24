"""The key file: a JWK Set that the gateway writes and this app reads, again whenever it changes.

The algorithm comes from the configuration. A file with any other kind of key in it does not count as a
whole: a public P-256 key that is taken for an HMAC secret lets everybody sign (RFC 8725 section 3.1).
A file that cannot be read leaves the keys that were read before in force, and the log says so. With no
keys at all every assertion is refused: an app may start before the gateway has made its first key.
"""

from __future__ import annotations

import hmac
import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from django_countersign.jose import NotJose, decode_base64url, decode_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from django_countersign.conf import Algorithm

_log = logging.getLogger("django_countersign")

# How often an unknown key may make the app read a file that looks unchanged.
REREAD_SECONDS = 10.0


class KeyFileError(ValueError):
    """The key file cannot be used; the message never quotes a key."""


class Key(Protocol):
    """A key that can tell whether a signature is its own."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return whether the signature holds."""
        ...


class HmacKey:
    """HS256 (RFC 7518 section 3.2)."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(hmac.digest(self._secret, message, "sha256"), signature)


class P256Key:
    """ES256: `r || s`, 32 octets each (RFC 7518 section 3.4)."""

    __slots__ = ("_public",)

    def __init__(self, x: bytes, y: bytes) -> None:
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
        )
        self._public = numbers.public_key()

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Verify with OpenSSL."""
        if len(signature) != 64:  # noqa: PLR2004 - twice 32
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


class KeyFile:
    """The keys of one file by `kid`. One per process; safe to ask from several threads."""

    def __init__(self, path: Path, algorithm: Algorithm, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._name = os.fspath(path)
        self._algorithm: Algorithm = algorithm
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, Key] = {}
        self._stamp: tuple[int, ...] | None = None
        self._asked_again = float("-inf")

    def find(self, kid: str) -> Key | None:
        """Return the key, after a look whether the file has changed."""
        stamp = self._now()
        if stamp != self._stamp:
            self._load(stamp)
        key = self._keys.get(kid)
        if key is None and self._may_ask_again():
            self._load(self._now())
            key = self._keys.get(kid)
        return key

    def _now(self) -> tuple[int, ...]:
        try:
            # Each request asks; pathlib would take as long as the system call.
            status = os.stat(self._name)  # noqa: PTH116
        except OSError:
            return ()
        return (status.st_mtime_ns, status.st_size, status.st_ino)

    def _may_ask_again(self) -> bool:
        with self._lock:
            now = self._clock()
            if now - self._asked_again < REREAD_SECONDS:
                return False
            self._asked_again = now
            return True

    def _load(self, stamp: tuple[int, ...]) -> None:
        with self._lock:
            changed, self._stamp = stamp != self._stamp, stamp
            try:
                self._keys = read_keys(self._path, self._algorithm)
            except KeyFileError as error:
                if changed:
                    _log.error("%s; the keys read before (%d) stay in force", error, len(self._keys))


def read_keys(path: Path, algorithm: Algorithm) -> dict[str, Key]:
    """Read the file, or tell what is wrong with it."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read the key file {str(path)!r}: {error.strerror}") from None
    try:
        entries = decode_object(octets).get("keys")
    except NotJose as error:
        raise KeyFileError(f"the key file {str(path)!r} is no JWK Set: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise KeyFileError(f"the key file {str(path)!r} has no keys: expected {{'keys': [...]}}")
    keys: dict[str, Key] = {}
    for position, entry in enumerate(entries, start=1):
        try:
            kid, key = _key(entry, algorithm)
            if kid in keys:
                raise KeyFileError(f"the kid {kid!r} is there twice")
        except ValueError as error:  # NotJose, KeyFileError, and a point that is not on the curve
            raise KeyFileError(f"key {position} of the file {str(path)!r}: {error}") from None
        keys[kid] = key
    return keys


def _key(entry: Any, algorithm: Algorithm) -> tuple[str, Key]:
    if not isinstance(entry, dict):
        raise KeyFileError("expected an object")
    kty = "oct" if algorithm == "HS256" else "EC"
    for member, expected, required in (("kty", kty, True), ("alg", algorithm, False), ("use", "sig", False)):
        if (required or member in entry) and entry.get(member) != expected:
            raise KeyFileError(f"expected {member} {expected!r}, found {entry.get(member)!r}")
    kid = entry.get("kid")
    if not isinstance(kid, str) or not kid:
        raise KeyFileError("expected a kid")
    if algorithm == "HS256":
        secret = _octets(entry, "k")
        if len(secret) < 32:  # noqa: PLR2004 - RFC 7518 section 3.2: at least as long as the hash
            raise KeyFileError(f"expected a secret of at least 32 octets, found {len(secret)}")
        return kid, HmacKey(secret)
    if entry.get("crv") != "P-256":
        raise KeyFileError(f"expected crv 'P-256', found {entry.get('crv')!r}")
    x, y = _octets(entry, "x"), _octets(entry, "y")
    if len(x) != 32 or len(y) != 32:  # noqa: PLR2004 - RFC 7518 section 6.2.1.2
        raise KeyFileError("expected x and y of 32 octets")
    return kid, P256Key(x, y)


def _octets(entry: Mapping[str, Any], member: str) -> bytes:
    value = entry.get(member)
    if not isinstance(value, str) or not value.isascii():
        raise KeyFileError(f"expected the member {member!r} in base64url")
    try:
        return decode_base64url(value.encode("ascii"))
    except NotJose:
        raise KeyFileError(f"the member {member!r} is not unpadded base64url") from None
