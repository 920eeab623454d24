"""For people on a terminal: what is forgeable first, each with its reason; the rest one line each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django_countersign.inventory.endpoint import Endpoint, Verdict, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

_GROUPS = (("yes", "Forgeable by certificate"), ("unknown", "Perhaps forgeable"), ("no", "Not forgeable"))


def write(endpoints: Sequence[Endpoint]) -> str:
    """Write the groups and a closing line with their sizes."""
    lines: list[str] = []
    for verdict, title in _GROUPS:
        group = [one for one in endpoints if one.verdict.forgeable == verdict]
        if group:
            lines += [f"{title}:", *(line for one in group for line in _endpoint(one)), ""]
    return "\n".join([*lines, summary(endpoints)]) + "\n"


def summary(endpoints: Sequence[Endpoint]) -> str:
    """Count them."""
    count = Counter(one.verdict.forgeable for one in endpoints)
    total = "1 endpoint" if len(endpoints) == 1 else f"{len(endpoints)} endpoints"
    return f"{total}: {count['yes']} forgeable by certificate, {count['unknown']} unknown, {count['no']} not"


def _endpoint(one: Endpoint) -> list[str]:
    lines = [f"  {one.pattern}  [{spelled(one.methods)}]  {one.view}"]
    if one.verdict.forgeable != "no":
        lines.append(f"      {one.verdict.why}")
        if one.location:
            lines.append(f"      {one.location}")
    elif one.csrf.exempt:
        lines.append(f"      {_short(one.verdict)}")
    lines += [f"      note: {note}" for note in one.notes]
    return lines


def _short(verdict: Verdict) -> str:
    return f"exempt, but {verdict.why}"
