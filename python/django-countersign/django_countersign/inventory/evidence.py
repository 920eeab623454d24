"""What a function's code mentions: names it looks up and texts it holds. Never runs it.

This is evidence, not proof: it decides between "yes" and "unknown" and words the reason; it never turns
an unprotected endpoint into a "no".
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass

from django_countersign.inventory.layers import layers

_IDENTITY = re.compile(
    r"ssl|cert|x509|xfcc|remote_?user|forwarded[-_]user|client_identity|[-_]dn$", re.IGNORECASE
)
_CREDENTIAL = re.compile(r"authorization|bearer|api[-_]?key|signature|hmac|webhook[-_]secret", re.IGNORECASE)
_COMPARES = frozenset({"compare_digest", "constant_time_compare", "salted_hmac"})
_AMBIENT = frozenset({"META", "headers", "user", "auser", "session", "COOKIES", "client_identity"})


@dataclass(frozen=True)
class Evidence:
    """Names and texts of a piece of code."""

    names: frozenset[str]
    texts: frozenset[str]

    @property
    def identity(self) -> str | None:
        """A certificate or remote-user name that it mentions."""
        return _first(_IDENTITY, self)

    @property
    def credential(self) -> str | None:
        """A credential of its own that it seems to check, which a browser does not attach."""
        return _first(_CREDENTIAL, self) or next(iter(sorted(self.names & _COMPARES)), None)

    @property
    def ambient(self) -> str | None:
        """The part of the request that it reads and that a browser fills by itself."""
        return next((name for name in sorted(self.names & _AMBIENT, key=str.lower)), None)


def evidence_of(*functions: object, owner: type | None = None, depth: int = 0) -> Evidence:
    """Collect from functions, below all decorators, and from the constants that they name.

    `depth` follows the functions that they name, outside of Django and REST framework, so many steps.
    """
    names: set[str] = set()
    texts: set[str] = set()
    for function in functions:
        for layer in layers(function):
            if isinstance(layer, types.FunctionType) and "__wrapped__" not in layer.__dict__:
                _read(layer, owner, depth, names, texts)
    # A sentence is a message, not the name of a header.
    return Evidence(frozenset(names), frozenset(text for text in texts if text and " " not in text))


def own_functions(one: type, *, below: type | None = None) -> list[object]:
    """Return the methods that a class and its bases define, outside of the frameworks, before `below`."""
    found: list[object] = []
    for base in one.__mro__:
        if base is below:
            break
        if not _is_framework(base.__module__):
            found += [member for member in vars(base).values() if callable(member)]
    return found


def _read(
    function: types.FunctionType, owner: type | None, depth: int, names: set[str], texts: set[str]
) -> None:
    found: set[str] = set()
    _collect(function.__code__, found, texts)
    texts.discard(function.__doc__ or "")
    names |= found
    for name in sorted(found):
        value = function.__globals__.get(name, getattr(owner, name, None) if owner else None)
        if isinstance(value, str):
            texts.add(value)
        elif depth and isinstance(value, types.FunctionType) and not _is_framework(value.__module__):
            _read(value, owner, depth - 1, names, texts)


def _is_framework(module: str | None) -> bool:
    return (module or "").partition(".")[0] in ("django", "rest_framework", "builtins")


def _collect(code: types.CodeType, names: set[str], texts: set[str]) -> None:
    names.update(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, str):
            texts.add(constant)
        elif isinstance(constant, types.CodeType):
            _collect(constant, names, texts)


def _first(pattern: re.Pattern[str], evidence: Evidence) -> str | None:
    found = [text for text in (*evidence.texts, *evidence.names) if pattern.search(text)]
    return min(found, default=None)
