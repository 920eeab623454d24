"""What the inventory says of one endpoint: plain values, ready to be written in any format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Optional

Forgeable = Literal["yes", "unknown", "no"]
Audience = Literal["browser", "machine", "any"]

# What CsrfViewMiddleware never checks; the gateway refuses TRACE altogether.
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

# None stands for "any": nothing tells which methods the view takes.
Methods = Optional[tuple[str, ...]]


@dataclass(frozen=True)
class Verdict:
    """Whether a page can make a browser that holds a certificate call it, and why."""

    forgeable: Forgeable
    why: str


@dataclass(frozen=True)
class Csrf:
    """What Django itself asks of an unsafe request."""

    exempt: bool
    how: str
    # Methods that a csrf_protect below the exemption checks all the same; None: all of them.
    protected: Methods = ()


@dataclass(frozen=True)
class Place:
    """Where the gateway finds it: decoded text; a prefix if it ends in "/", otherwise one path."""

    path: str
    whole: bool


@dataclass(frozen=True)
class Endpoint:
    """One pattern of the URLconf with its view."""

    pattern: str
    name: str | None
    view: str
    location: str | None
    is_async: bool
    methods: Methods
    csrf: Csrf
    authentication: tuple[str, ...] | None
    permissions: tuple[str, ...] | None
    guards: tuple[str, ...]
    verdict: Verdict
    audience: Audience
    places: tuple[Place, ...]
    actions: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def unsafe(self) -> Methods:
        """The methods that change something."""
        return unsafe_of(self.methods)

    @property
    def is_open(self) -> bool:
        """Worth a line in the baseline: exempted by somebody, or not known to be safe."""
        return self.verdict.forgeable != "no" or (self.is_exempted and self.unsafe != ())

    @property
    def is_exempted(self) -> bool:
        """Exempt by the project's own word: REST framework exempts all its views and checks otherwise."""
        return self.csrf.exempt and self.authentication is None


def unsafe_of(methods: Methods) -> Methods:
    """Leave out the safe methods."""
    return None if methods is None else tuple(method for method in methods if method not in SAFE)


def in_order(methods: set[str]) -> tuple[str, ...]:
    """Sort as people write them."""
    known = [method for method in _ORDER if method in methods]
    return (*known, *sorted(methods.difference(_ORDER)))


def spelled(methods: Methods) -> str:
    """Write for people."""
    if methods is None:
        return "any method"
    return ", ".join(methods) or "none"
