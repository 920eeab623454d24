"""Proposes who may call an endpoint at the gateway.

`machine` closes an endpoint to pages, so it is for what is exempt and called by programs. `any` takes
either proof: for what pages and programs both call. What Django's token protects is `browser`. An
endpoint that changes nothing is `browser` as well: there a program's GET passes too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_countersign.inventory.endpoint import Audience, Csrf, Methods, Verdict, unsafe_of

if TYPE_CHECKING:
    from django_countersign.inventory.authenticators import Authenticator


def propose(
    methods: Methods,
    csrf: Csrf,
    guards: tuple[str, ...],
    authenticators: list[Authenticator] | None,
    verdict: Verdict,
) -> Audience:
    """Propose the audience of one endpoint."""
    if "machine-only" in guards:
        return "machine"
    if unsafe_of(methods) == ():
        return "browser"
    if authenticators is not None:
        return _of_api(authenticators)
    if "intent-required" in guards:
        return "any" if csrf.exempt else "browser"
    checked = csrf.protected is None or verdict.forgeable == "no"
    return "machine" if csrf.exempt and not checked else "browser"


def _of_api(authenticators: list[Authenticator]) -> Audience:
    serves = {one.serves for one in authenticators}
    if serves <= {"programs"}:
        return "machine"
    return "browser" if serves == {"pages"} else "any"
