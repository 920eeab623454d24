"""The baseline: the open endpoints that a project knows about, kept in its repository.

An endpoint is told apart by pattern and view, never by line. New, or more open than it was (exempt now,
forgeable now, another method): a finding. One that is gone or was closed is only told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django_countersign.inventory.endpoint import Endpoint, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VERSION = 1
_RANK = {"no": 0, "unknown": 1, "yes": 2}
_Key = tuple[str, str]


class BaselineError(ValueError):
    """The file is no baseline."""


@dataclass(frozen=True)
class Comparison:
    """What changed: findings fail the build, the others are for the reader."""

    findings: tuple[str, ...]
    closed: tuple[str, ...]


def write(endpoints: Iterable[Endpoint]) -> str:
    """Write the open endpoints, one entry each, in the inventory's order."""
    entries = [
        {
            "pattern": one.pattern,
            "view": one.view,
            "methods": None if one.unsafe is None else list(one.unsafe),
            "exempt": one.is_exempted,
            "forgeable": one.verdict.forgeable,
        }
        for one in endpoints
        if one.is_open
    ]
    return json.dumps({"version": VERSION, "endpoints": entries}, indent=2, ensure_ascii=False) + "\n"


def read(text: str) -> dict[_Key, dict[str, Any]]:
    """Read what `write` writes."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise BaselineError(f"it has version {data['version']!r}, expected {VERSION}")
        return {(entry["pattern"], entry["view"]): _checked(entry) for entry in data["endpoints"]}
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, BaselineError):
            raise
        raise BaselineError(f"expected what --write-baseline writes: {error!r}") from None


def compare(endpoints: Sequence[Endpoint], known: dict[_Key, dict[str, Any]]) -> Comparison:
    """Tell what is open now and was not."""
    now = {(one.pattern, one.view): one for one in endpoints if one.is_open}
    findings = []
    for key, one in now.items():
        worse = _worse(one, known.get(key))
        if worse:
            findings.append(f"{one.pattern} ({one.view}): {worse}: {one.verdict.why}")
    closed = [f"{pattern} ({view})" for pattern, view in known if (pattern, view) not in now]
    return Comparison(tuple(findings), tuple(sorted(closed)))


def _worse(one: Endpoint, before: dict[str, Any] | None) -> str | None:
    state = {"yes": "forgeable", "unknown": "perhaps forgeable", "no": "exempt"}[one.verdict.forgeable]
    if before is None:
        return f"new and {state}"
    if _RANK[one.verdict.forgeable] > _RANK[before["forgeable"]]:
        return f"{state} now"
    if one.is_exempted and not before["exempt"]:
        return "exempt now"
    if before["methods"] is not None:
        more = None if one.unsafe is None else tuple(m for m in one.unsafe if m not in before["methods"])
        if more != ():
            return f"{state}, and takes {spelled(more)} now"
    return None


def _checked(entry: dict[str, Any]) -> dict[str, Any]:
    methods = entry["methods"]
    if methods is not None and not isinstance(methods, list):
        raise BaselineError(f"methods is {methods!r}, expected a list or null")
    if entry["forgeable"] not in _RANK:
        raise BaselineError(f"forgeable is {entry['forgeable']!r}, expected one of {', '.join(_RANK)}")
    if not isinstance(entry["exempt"], bool):
        raise BaselineError(f"exempt is {entry['exempt']!r}, expected true or false")
    return entry
