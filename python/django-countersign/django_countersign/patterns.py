"""Which identities a pattern means, in the words of the gateway's `allow` rules.

A name is compared with patterns of its own type only: a DNS pattern never meets a text inside a URI. `*`
stands for any text, once in a pattern. Case counts in distinguished names and URIs, not in the others, and
only ASCII letters have one: what Unicode folds together names two people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from django_countersign.identity import ClientIdentity

NAME_TYPES = ("subject", "issuer", "dns", "email", "uri", "ip", "upn", "bundle")
_CASE_COUNTS = frozenset({"subject", "issuer", "uri", "bundle"})

Patterns = Union[str, "list[str]", "tuple[str, ...]"]


class IdentityPattern:
    """`IdentityPattern(email="*@example.com", bundle=["staff", "admins"])`: one of each type must match."""

    def __init__(self, **patterns: Patterns) -> None:
        self._patterns: dict[str, tuple[str, ...]] = {}
        for name_type, given in patterns.items():
            several = (given,) if isinstance(given, str) else tuple(given)
            if name_type not in NAME_TYPES:
                raise ValueError(f"unknown name type {name_type!r}: expected one of {', '.join(NAME_TYPES)}")
            if not several or not all(several):
                raise ValueError(f"empty pattern for {name_type!r}: it would match nobody, or anybody")
            for pattern in several:
                if pattern.count("*") > 1:
                    raise ValueError(f"invalid pattern {pattern!r}: at most one *")
            self._patterns[name_type] = several

    def matches(self, identity: ClientIdentity) -> bool:
        """Return whether every type of name given has one that matches; no types given: anybody."""
        return all(
            any(
                _matches(pattern, name, case_counts=name_type in _CASE_COUNTS)
                for pattern in patterns
                for name in names_of(identity, name_type)
            )
            for name_type, patterns in self._patterns.items()
        )


def names_of(identity: ClientIdentity, name_type: str) -> tuple[str, ...]:
    """Return the identity's names of one type."""
    if name_type in {"subject", "issuer", "bundle"}:
        return (str(getattr(identity, name_type)),)
    names: tuple[str, ...] = getattr(identity.sans, name_type)
    return names


def same_but_for_case(one: str, other: str) -> bool:
    """Compare, with ASCII letters of either case the same."""
    return _fold(one) == _fold(other)


def _fold(text: str) -> bytes:
    # bytes.lower() knows ASCII only; str.lower() makes a "k" of the Kelvin sign.
    return text.encode("utf-8", "surrogatepass").lower()


def _matches(pattern: str, name: str, *, case_counts: bool) -> bool:
    wanted, found = (pattern.encode(), name.encode()) if case_counts else (_fold(pattern), _fold(name))
    start, star, end = wanted.partition(b"*")
    if not star:
        return wanted == found
    return len(found) >= len(start) + len(end) and found.startswith(start) and found.endswith(end)
