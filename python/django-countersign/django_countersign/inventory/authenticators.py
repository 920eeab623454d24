"""Judges an authentication class of REST framework: what it reads, and whether it asks for a proof.

Known classes are told by name. A class of the project's own is told by what its code mentions, the functions
that it calls by name included: a cookie or a certificate anywhere makes it "ambient", whatever else it
reads. Only what a subclass leaves as it was keeps its base's good name.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from django_countersign.inventory.evidence import Evidence, evidence_of, own_functions

# What the class reads: "proof" asks for intent too, "token" is attached by a program only, "password"
# by a browser that was asked for it once, "ambient" by every browser that has it.
Kind = Literal["proof", "token", "password", "ambient", "unknown"]

# Whose requests it is made for.
Serves = Literal["pages", "programs", "both"]

# Outside of REST framework, by name: what they read is a header that no browser fills.
TOKEN_CLASSES = frozenset(
    {
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "knox.auth.TokenAuthentication",
        "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
        "oauth2_provider.contrib.rest_framework.authentication.OAuth2Authentication",
    }
)
_OURS = "django_countersign."
_DEPTH = 2


@dataclass(frozen=True)
class Authenticator:
    """One authentication class, judged."""

    path: str
    kind: Kind
    why: str
    serves: Serves = "programs"


def judge(one: type) -> Authenticator:
    """Judge an authentication class by its bases, then by what its code mentions."""
    path = dotted(one)
    if derives(one, "rest_framework.authentication", "SessionAuthentication"):
        return _judge_session(one, path)
    if derives(one, "rest_framework.authentication", "RemoteUserAuthentication"):
        header = getattr(one, "header", "REMOTE_USER")
        return Authenticator(path, "ambient", f"takes the user from {header} and asks for no CSRF token")
    if derives(one, "rest_framework.authentication", "BasicAuthentication"):
        why = "reads a password, which a browser that was asked for it once sends again by itself"
        return Authenticator(path, "password", why)
    known = next((base for base in one.__mro__ if dotted(base) in TOKEN_CLASSES), None)
    return _judge_code(one, known, path)


def derives(one: type, module: str, name: str) -> bool:
    """Tell a subclass, if the module was imported at all."""
    base = getattr(sys.modules.get(module), name, None)
    return isinstance(base, type) and issubclass(one, base)


def dotted(one: object) -> str:
    """Name a class."""
    return f"{getattr(one, '__module__', '?')}.{getattr(one, '__qualname__', one)}"


def _judge_session(one: type, path: str) -> Authenticator:
    """Judge what has SessionAuthentication's CSRF check, this package's own class among them."""
    ours = next((base for base in one.__mro__ if dotted(base).startswith(_OURS)), None)
    base = ours or sys.modules["rest_framework.authentication"].SessionAuthentication
    serves: Serves = "pages" if ours is None else "both"
    proof = "asks for a CSRF token" if ours is None else "demands the gateway's verdict on intent"
    for name, asks in (
        ("enforce_csrf", {"super", "process_view"}),
        ("authenticate", {"super", "enforce_csrf"}),
    ):
        method = getattr(one, name)
        if method is getattr(base, name):
            continue
        # `super` alone may be another method of it: then only a person can tell.
        if asks & evidence_of(method, owner=one).names:
            return Authenticator(path, "unknown", f"overrides {name}()", serves)
        why = f"takes the user of a cookie or certificate; its {name}() checks no CSRF token"
        return Authenticator(path, "ambient", why, serves)
    return Authenticator(path, "proof", proof, serves)


def _judge_code(one: type, known: type | None, path: str) -> Authenticator:
    """Judge a class by its own code; `known` is the base that vouches for the rest of it."""
    evidence = evidence_of(*own_functions(one, below=known), owner=one, depth=_DEPTH)
    if "enforce_csrf" in evidence.names:
        return Authenticator(path, "unknown", "calls enforce_csrf(), perhaps not always")
    if evidence.identity:
        return Authenticator(path, "ambient", f"reads {evidence.identity} and asks for no CSRF token")
    if {"COOKIES", "session"} & evidence.names or {"_request", "user"} <= evidence.names:
        return Authenticator(path, "ambient", "reads a cookie and asks for no CSRF token")
    # Its own authenticate() must ask the known one, or it may take anything for a token.
    if known is not None and (one.authenticate is known.authenticate or "super" in evidence.names):  # type: ignore[attr-defined]
        return Authenticator(path, "token", "reads a token, which no browser attaches by itself")
    if _reads_token(evidence):
        why = f"reads {evidence.credential}, which no browser attaches by itself"
        return Authenticator(path, "token", why)
    return Authenticator(path, "unknown", "is not known here; nothing tells what it reads")


def _reads_token(evidence: Evidence) -> bool:
    return "get_authorization_header" in evidence.names or bool(evidence.credential)
