"""Reads what Django REST framework asks of a request, if the project uses it.

REST framework exempts every API view from CsrfViewMiddleware and leaves the check to the authentication
class. Only SessionAuthentication makes it. So what counts is which class may answer first with a user,
and whether a browser attaches by itself what that class reads. Nothing here imports REST framework: a view
that uses it has.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django_countersign.inventory.evidence import Evidence, evidence_of
from django_countersign.inventory.layers import closure, is_as_view, layers

if TYPE_CHECKING:
    from collections.abc import Sequence

# What the class reads: "proof" asks for intent too, "token" is attached by a program only, "password"
# by a browser that was asked for it once, "ambient" by every browser that has it.
Kind = Literal["proof", "token", "password", "ambient", "unknown"]

# Outside of REST framework, by name: what they read is a header that no browser fills.
TOKEN_CLASSES = frozenset(
    {
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication",
        "knox.auth.TokenAuthentication",
        "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
    }
)
_OURS = "django_countersign."


# Whose requests it is made for.
Serves = Literal["pages", "programs", "both"]


@dataclass(frozen=True)
class Authenticator:
    """One authentication class, judged."""

    path: str
    kind: Kind
    why: str
    serves: Serves = "programs"


def is_api_view(view: type | None) -> bool:
    """Tell whether it is one of REST framework's."""
    return view is not None and _is(view, "rest_framework.views", "APIView")


def authenticators_of(callback: object, view: type) -> list[Authenticator]:
    """Judge each authentication class, in the order in which they are asked."""
    if _overridden(view, "get_authenticators"):
        return [Authenticator("get_authenticators()", "unknown", "chooses its classes per request")]
    return [judge(one) for one in _configured(callback, view, "authentication_classes")]


def permissions_of(callback: object, view: type) -> list[object]:
    """Return the permission classes, or what stands in for them."""
    if _overridden(view, "get_permissions"):
        return ["get_permissions()"]
    return list(_configured(callback, view, "permission_classes"))


def permission_name(permission: object) -> str:
    """Name a permission class, or a combination of several."""
    operator = getattr(permission, "operator_class", None)
    if operator is not None:
        operands = [getattr(permission, f"op{n}_class", None) for n in (1, 2)]
        names = [permission_name(one) for one in operands if one is not None]
        return f"not {names[0]}" if len(names) == 1 else f"({f' {operator.__name__.lower()} '.join(names)})"
    return _path(permission) if isinstance(permission, type) else str(permission)


def demands_user(permission: object) -> bool:
    """Tell whether it refuses an unsafe request of nobody; what is not known does not count."""
    operator = getattr(getattr(permission, "operator_class", None), "__name__", None)
    if operator in ("AND", "OR"):
        both = [demands_user(getattr(permission, f"op{n}_class")) for n in (1, 2)]
        return any(both) if operator == "AND" else all(both)
    module = "rest_framework.permissions"
    for name in ("IsAuthenticated", "IsAdminUser", "IsAuthenticatedOrReadOnly", "DjangoModelPermissions"):
        base = getattr(sys.modules.get(module), name, None)
        if isinstance(permission, type) and isinstance(base, type) and issubclass(permission, base):
            return _keeps(permission, base, "has_permission", "super")
    return False


def judge(one: type) -> Authenticator:
    """Judge an authentication class by its bases, then by what its code mentions."""
    path = _path(one)
    for base in one.__mro__:
        ours = _path(base).startswith(_OURS)
        if ours and all(_keeps(one, base, name, "super") for name in ("authenticate", "enforce_csrf")):
            return Authenticator(path, "proof", "demands the gateway's verdict on intent", "both")
    if _is(one, "rest_framework.authentication", "SessionAuthentication"):
        return _judge_session(one, path)
    if _is(one, "rest_framework.authentication", "RemoteUserAuthentication"):
        header = getattr(one, "header", "REMOTE_USER")
        return Authenticator(path, "ambient", f"takes the user from {header} and asks for no CSRF token")
    if _is(one, "rest_framework.authentication", "BasicAuthentication"):
        why = "reads a password, which a browser that was asked for it once sends again by itself"
        return Authenticator(path, "password", why)
    for base in one.__mro__:
        if _path(base) in TOKEN_CLASSES and _keeps(one, base, "authenticate", "super"):
            return Authenticator(path, "token", "reads a token, which no browser attaches by itself")
    return _judge_code(one, path)


def _judge_session(one: type, path: str) -> Authenticator:
    base = sys.modules["rest_framework.authentication"].SessionAuthentication
    serves: Serves = "both" if any(_path(base).startswith(_OURS) for base in one.__mro__) else "pages"
    proof = Authenticator(path, "proof", "asks for a CSRF token", serves)
    for name, asks in (
        ("enforce_csrf", {"super", "process_view"}),
        ("authenticate", {"super", "enforce_csrf"}),
    ):
        method = getattr(one, name)
        if method is getattr(base, name):
            continue
        # `super` alone may be another method of it: then only a person can tell.
        if not asks & evidence_of(method, one).names:
            why = f"takes the user of a cookie or certificate; its {name}() checks no CSRF token"
            return Authenticator(path, "ambient", why, serves)
        proof = Authenticator(path, "unknown", f"overrides {name}()", serves)
    return proof


def _judge_code(one: type, path: str) -> Authenticator:
    evidence = evidence_of(getattr(one, "authenticate", None), one)
    if "enforce_csrf" in evidence.names:
        return Authenticator(path, "unknown", "calls enforce_csrf(), perhaps not always")
    if evidence.identity:
        return Authenticator(path, "ambient", f"reads {evidence.identity} and asks for no CSRF token")
    if {"COOKIES", "session", "get_user"} & evidence.names:
        return Authenticator(path, "ambient", "reads a cookie and asks for no CSRF token")
    if _reads_token(evidence):
        return Authenticator(
            path, "token", f"reads {evidence.credential}, which no browser attaches by itself"
        )
    return Authenticator(path, "unknown", "is not known here; nothing tells what it reads")


def _reads_token(evidence: Evidence) -> bool:
    return "get_authorization_header" in evidence.names or bool(evidence.credential)


def _configured(callback: object, view: type, name: str) -> Sequence[Any]:
    """Return what as_view() or @action gave, else what the class has."""
    for layer in layers(callback):
        if is_as_view(layer):
            given = closure(layer).get("initkwargs") or {}
            if name in given:
                return list(given[name] or ())
    return list(getattr(view, name, None) or ())


def _overridden(view: type, name: str) -> bool:
    defining = next((base for base in view.__mro__ if name in vars(base)), None)
    return defining is not None and not defining.__module__.startswith("rest_framework.")


def _keeps(one: type, base: type, name: str, asks: str) -> bool:
    """Tell whether the method is the base's, or one that asks the base's."""
    method = getattr(one, name, None)
    return method is getattr(base, name, None) or asks in evidence_of(method, one).names


def _is(one: type, module: str, name: str) -> bool:
    base = getattr(sys.modules.get(module), name, None)
    return isinstance(base, type) and issubclass(one, base)


def _path(one: object) -> str:
    return f"{getattr(one, '__module__', '?')}.{getattr(one, '__qualname__', one)}"
