"""For programs: everything that is known, with stable names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_countersign.inventory.endpoint import Endpoint

VERSION = 1


def write(endpoints: Sequence[Endpoint]) -> str:
    """Write one object with the list of endpoints."""
    data = {"version": VERSION, "endpoints": [_endpoint(one) for one in endpoints]}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _endpoint(one: Endpoint) -> dict[str, Any]:
    return {
        "pattern": one.pattern,
        "name": one.name,
        "methods": None if one.methods is None else list(one.methods),
        "actions": dict(one.actions),
        "view": one.view,
        "location": one.location,
        "async": one.is_async,
        "csrf": {
            "exempt": one.csrf.exempt,
            "how": one.csrf.how,
            "protected": None if one.csrf.protected is None else list(one.csrf.protected),
        },
        "authentication": None if one.authentication is None else list(one.authentication),
        "permissions": None if one.permissions is None else list(one.permissions),
        "guards": list(one.guards),
        "forgeable": one.verdict.forgeable,
        "why": one.verdict.why,
        "audience": one.audience,
        "notes": list(one.notes),
    }
