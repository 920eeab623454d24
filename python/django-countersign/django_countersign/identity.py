"""Who a client certificate names: plain, frozen values, as the gateway verified them.

Nothing here is parsed from a certificate. The gateway judged the chain; these are its signed words. Text
that a certificate chose (subject, names) is shown as it is and never split: `distinguished_name` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal


@dataclass(frozen=True)
class SubjectAltNames:
    """The certificate's alternative names by type, in its own order."""

    dns: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()
    ip: tuple[str, ...] = ()
    upn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revocation:
    """What the gateway knew of revocation: `ok` is False if it let a stale list count."""

    source: Literal["crl", "none"]
    checked_at: int | None = None
    ok: bool = True


@dataclass(frozen=True)
class ClientIdentity:
    """A verified client certificate. `fingerprint` and `spki` are SHA-256 in lower-case hexadecimal."""

    subject: str
    issuer: str
    serial: str
    sans: SubjectAltNames
    fingerprint: str
    spki: str
    not_before_time: int
    not_after_time: int
    bundle: str
    revocation: Revocation

    @property
    def not_before(self) -> datetime:
        """The first moment of the certificate."""
        return datetime.fromtimestamp(self.not_before_time, timezone.utc)

    @property
    def not_after(self) -> datetime:
        """The last moment of the certificate."""
        return datetime.fromtimestamp(self.not_after_time, timezone.utc)

    @property
    def email(self) -> str | None:
        """The one email address, or None if there is none or several: several do not name one person."""
        return _one(self.sans.email)

    @property
    def uri(self) -> str | None:
        """The one URI (a SPIFFE ID, as a rule), or None if there is none or several."""
        return _one(self.sans.uri)

    @property
    def upn(self) -> str | None:
        """The one user principal name, or None if there is none or several."""
        return _one(self.sans.upn)


def _one(values: tuple[str, ...]) -> str | None:
    return values[0] if len(values) == 1 else None
