"""For a review: one table, the forgeable endpoints first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_countersign.inventory.endpoint import Endpoint, spelled
from django_countersign.inventory.formats.text import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANK = {"yes": 0, "unknown": 1, "no": 2}
_HEAD = ("| forgeable | path | methods | view | CSRF | why |", "|---|---|---|---|---|---|")


def write(endpoints: Sequence[Endpoint]) -> str:
    """Write the table below the counts."""
    ranked = sorted(endpoints, key=lambda one: _RANK[one.verdict.forgeable])
    return "\n".join([f"{summary(endpoints)}.", "", *_HEAD, *(_row(one) for one in ranked)]) + "\n"


def _row(one: Endpoint) -> str:
    csrf = "exempt" if one.csrf.exempt else "checked"
    why = "; ".join([one.verdict.why, *one.notes])
    forgeable = f"**{one.verdict.forgeable}**" if one.verdict.forgeable == "yes" else one.verdict.forgeable
    cells = (forgeable, _code(one.pattern), spelled(one.methods), _code(one.view), csrf, _escape(why))
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def _escape(text: str) -> str:
    return "".join(f"\\{character}" if character in "|<>*_`\\" else character for character in text)
