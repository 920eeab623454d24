# ruff: noqa: D401 - the first line of a docstring is the title of the check
"""What the inventory finds, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_countersign import inventory
from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator


def forgeable_endpoints() -> Iterator[Found]:
    """An endpoint can be forged by certificate.

    It is exempt from the CSRF check, or authenticates by something that a browser attaches, and nothing
    on it asks for a proof of intent. `docs/inventory.md` says how each endpoint is judged.
    """
    for one in inventory.take():
        if one.verdict.forgeable == "yes":
            yield Found(
                f"{one.pattern}: {one.verdict.why}.",
                f"Put @machine_only or @intent_required (django_countersign.decorators) on {one.view}, or"
                " remove its exemption; `manage.py countersign inventory` has the details.",
                obj=one.view,
            )
