"""Finds this package's own decorators and mixins on a view."""

from __future__ import annotations

from django_countersign.inventory.layers import layers, own
from django_countersign.inventory.methods import answers_alone, handlers_of
from django_countersign.inventory.source import view_class

# What the decorators leave on the function that they return, and the mixins on their class.
MARK = "countersign_guards"
PROOFS = frozenset({"machine-only", "intent-required"})


def guards_of(callback: object) -> tuple[str, ...]:
    """Return the names of the guards that every unsafe request passes."""
    found = {name for layer in layers(callback) for name in _marks(own(layer).get(MARK))}
    view = view_class(callback)
    if view is not None:
        # Each mixin names its own; all of them are asked, one dispatch() after the other, unless a
        # dispatch() of the project's may answer before them.
        if not answers_alone(view):
            found.update(name for base in view.__mro__ for name in _marks(vars(base).get(MARK)))
        found.update(
            name for layer in layers(getattr(view, "dispatch", None)) for name in _marks(own(layer).get(MARK))
        )
        found.update(_on_every_handler(callback))
    return tuple(sorted(found))


def _on_every_handler(callback: object) -> set[str]:
    """Return the guards on single methods that none of the unsafe ones lacks."""
    unsafe = [
        {name for layer in layers(handler) for name in _marks(own(layer).get(MARK))}
        for method, handler in handlers_of(callback).items()
        if method not in ("GET", "HEAD", "OPTIONS", "TRACE")
    ]
    return set.intersection(*unsafe) if unsafe else set()


def _marks(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, (tuple, list, set, frozenset)) else ()
