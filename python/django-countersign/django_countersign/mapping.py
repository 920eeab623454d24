"""Which text of a certificate names a user, and which puts a user into groups.

A text counts only if it is there as a whole: nothing is cut out of a name but by parsing it (RFC 4514),
and only where the configuration asks for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django_countersign.distinguished_name import MalformedName, attribute_values
from django_countersign.patterns import names_of

if TYPE_CHECKING:
    from django_countersign.conf import GroupMapping, UserMapping
    from django_countersign.identity import ClientIdentity

_log = logging.getLogger("django_countersign")

# Types of names in which case does not count: `alice@example.com` is `Alice@Example.com`.
CASE_FREE = frozenset({"email", "upn", "dns"})


def values(identity: ClientIdentity, source: str) -> tuple[str, ...]:
    """Return what the certificate says for a source of `conf.IDENTITY_SOURCES`; blank texts never count."""
    return tuple(value for value in _values(identity, source) if value.strip() and value.isprintable())


def user_values(identity: ClientIdentity, mapping: UserMapping) -> tuple[str, ...]:
    """Return the texts that may name a user; none if the trust bundle is not one for users."""
    if mapping.trust and identity.bundle not in mapping.trust:
        return ()
    names = values(identity, mapping.identity)
    if ":" in mapping.identity and len(names) > 1:
        # A subject with two common names is two persons, and which of them is nobody's to choose.
        _log.error("a certificate names nobody: it has %d values of %s", len(names), mapping.identity)
        return ()
    return names


def groups(identity: ClientIdentity, mapping: GroupMapping) -> set[str]:
    """Return the names of the groups that the certificate puts a user into."""
    return {mapping.table[value] for value in values(identity, mapping.source) if value in mapping.table}


def _values(identity: ClientIdentity, source: str) -> tuple[str, ...]:
    if source == "sub":
        return (identity.subject,)
    if source == "fingerprint":
        return (identity.fingerprint,)
    if source == "spki":
        return (identity.spki,)
    kind, _, attribute = source.partition(":")
    if not attribute:
        return names_of(identity, kind)
    try:
        return attribute_values(identity.subject, attribute)
    except MalformedName as error:
        _log.warning("a certificate names nobody: %s", error)
        return ()
