"""Writes `docs/checks.md` from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_countersign.checks.check import Check

_HEAD = """\
# System checks

<!-- Written from django_countersign/checks; `UPDATE=1 ./run-tests python3 tests.checks` rewrites it. -->

With `"django_countersign"` in `INSTALLED_APPS`, `manage.py check --tag security` tells what in a project's
settings undoes the proof of identity or the proof of intent, with the line to write instead. Those marked
*deploy* look at what may well be different on a developer's machine (cookies, cache, key file, versions)
and run with `manage.py check --deploy --tag security` only.

`E`: identity or intent can be forged, or the app does not work behind the gateway. `W`: either is weaker than
it could be. An ID never changes its meaning. Silence one that does not apply with
`SILENCED_SYSTEM_CHECKS = ["countersign.W011"]`, and say there why.

The checks see settings, not the network and not the code of views;
[the inventory](inventory.md) judges each endpoint.
"""


def page(checks: Iterable[Check]) -> str:
    """Write the table of contents and one section for each check."""
    checks = list(checks)
    rows = [f"| [`{check.id}`](#{_anchor(check)}) | {check.title} | {_when(check)} |" for check in checks]
    sections = [
        f"## {check.id}\n\n**{check.title}.**{' *Deploy.*' if check.deploy else ''}\n\n{check.why}\n"
        for check in checks
    ]
    table = "\n".join(["| ID | finds | |", "|---|---|---|", *rows, ""])
    return "\n".join([_HEAD, table, *sections])


def _anchor(check: Check) -> str:
    return check.id.lower().replace(".", "")


def _when(check: Check) -> str:
    return "deploy" if check.deploy else ""
