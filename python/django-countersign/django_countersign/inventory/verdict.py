"""Decides whether a page can make a browser that holds a certificate call an endpoint.

The question is about the app alone, as if the gateway let the request through: a browser attaches the
certificate by itself, and the gateway tells the app whose it is. "No" needs a proof of intent (a CSRF
token, this package's guards) or a credential that no browser attaches. Everything else is "yes", or
"unknown" where something on the endpoint may well be such a proof and only a person can tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django_countersign.inventory.endpoint import Csrf, Forgeable, Methods, Verdict, spelled, unsafe_of
from django_countersign.inventory.evidence import evidence_of
from django_countersign.inventory.exemption import lifted_by, middleware_enforces
from django_countersign.inventory.guards import PROOFS
from django_countersign.inventory.rest import demands_user, permission_name
from django_countersign.inventory.source import view_class, written

if TYPE_CHECKING:
    from django_countersign.inventory.authenticators import Authenticator

_LAST = re.compile(r"[\w.]+\.")


def of_view(callback: object, methods: Methods, csrf: Csrf, guards: tuple[str, ...]) -> Verdict:
    """Judge a view that is not REST framework's."""
    early = _early(methods, guards)
    if early is not None:
        return early
    open_ = _without(unsafe_of(methods), csrf.protected)
    enforced = middleware_enforces()
    if csrf.protected is None or (enforced and not csrf.exempt):
        judged = Verdict("no", f"a CSRF token is required: {csrf.how}")
    elif open_ == ():
        judged = Verdict("no", "a CSRF token is required: csrf_protect on each method that changes something")
    elif enforced is None and not csrf.exempt:
        judged = Verdict("unknown", f"{csrf.how} decides otherwise than Django's CsrfViewMiddleware; read it")
    else:
        return _exempt(callback, open_, csrf)
    return _unless_lifted(judged)


def of_api(
    methods: Methods, guards: tuple[str, ...], authenticators: list[Authenticator], permissions: list[object]
) -> Verdict:
    """Judge a view of REST framework: the first class that finds a user decides."""
    early = _early(methods, guards)
    if early is not None:
        return early
    judged = [_of_class(one, first=place == 0) for place, one in enumerate(authenticators)]
    worst = next((one for rank in ("yes", "unknown") for one in judged if one.forgeable == rank), None)
    if worst is not None:
        return worst
    if not any(demands_user(permission) for permission in permissions):
        names = ", ".join(_LAST.sub("", permission_name(one)) for one in permissions)
        then = f"{names} may let it in" if names else "no permission class refuses it"
        return Verdict("unknown", f"a request without credentials is checked for nothing, and {then}")
    return Verdict(
        "no", "; ".join(f"{_short(one)} {one.why}" for one in authenticators) or "nobody is let in"
    )


def _of_class(one: Authenticator, *, first: bool) -> Verdict:
    why = f"{_short(one)} {one.why}"
    if one.kind == "password" and not first:
        # The first class words the challenge: this one never asks, so a browser rarely has a password.
        return Verdict("unknown", f"{why}; it stands behind a class that asks for none")
    if one.kind == "proof":
        return _unless_lifted(Verdict("no", why))
    ranks: dict[str, Forgeable] = {"ambient": "yes", "password": "yes", "unknown": "unknown"}
    return Verdict(ranks.get(one.kind, "no"), why)


def _unless_lifted(judged: Verdict) -> Verdict:
    """Withdraw a "no" that rests on a token: what lifts the check lifts csrf_protect and REST framework's."""
    lifting = lifted_by()
    if not lifting:
        return judged
    return Verdict(
        "unknown", f"{', '.join(lifting)} lifts the CSRF check for requests of its choice; read it"
    )


def _early(methods: Methods, guards: tuple[str, ...]) -> Verdict | None:
    proofs = sorted(PROOFS.intersection(guards))
    if proofs:
        return Verdict("no", f"{proofs[0]} demands the gateway's verdict")
    if unsafe_of(methods) == ():
        return Verdict("no", f"only {spelled(methods)}, which must change nothing")
    return None


def _exempt(callback: object, open_: Methods, csrf: Csrf) -> Verdict:
    evidence = evidence_of(_code(callback), owner=view_class(callback))
    way = csrf.how if csrf.exempt else "CsrfViewMiddleware is not in MIDDLEWARE"
    page = f"{way}; any page can send {spelled(open_)}"
    if evidence.identity:
        return Verdict("yes", f"{page}, and it goes by the certificate ({evidence.identity})")
    if evidence.credential:
        return Verdict("unknown", f"{way}; it seems to check a credential of its own ({evidence.credential})")
    if evidence.ambient:
        return Verdict("yes", f"{page}, and it reads request.{evidence.ambient}")
    return Verdict("yes", f"{page}; the certificate gets it past the gateway")


def _code(callback: object) -> object:
    """Return the code to look at: of a class, the methods that change something."""
    thing = written(callback)
    if not isinstance(thing, type):
        return thing
    for name in ("post", "put", "patch", "delete", "__call__"):
        if hasattr(thing, name):
            return getattr(thing, name)
    return getattr(thing, "dispatch", None)


def _without(methods: Methods, protected: Methods) -> Methods:
    if methods is None or protected is None:
        return methods
    return tuple(method for method in methods if method not in protected)


def _short(one: Authenticator) -> str:
    return one.path.rpartition(".")[2]
