"""Walks a URLconf as Django's resolver holds it: every pattern with its callback, in resolving order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver

from django_countersign.inventory.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Found:
    """One leaf of the URLconf."""

    parts: tuple[Pattern, ...]
    name: str | None
    callback: object


def walk(resolver: URLResolver) -> Iterator[Found]:
    """Yield the leaves below the resolver, includes and namespaces followed."""
    # The root resolver's own pattern is the "/" in front of everything.
    yield from _below(resolver, (), ())


def _below(resolver: URLResolver, parts: tuple[Pattern, ...], names: tuple[str, ...]) -> Iterator[Found]:
    for entry in resolver.url_patterns:
        here = (*parts, Pattern(entry.pattern, is_end=isinstance(entry, URLPattern)))
        if isinstance(entry, URLPattern):
            name = ":".join((*names, entry.name)) if entry.name else None
            yield Found(here, name, entry.callback)
        else:
            yield from _below(entry, here, (*names, entry.namespace) if entry.namespace else names)
