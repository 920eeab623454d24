"""Takes a view apart, from what the URLconf holds down to the function that was written.

Nothing is called. Decorators leave `__wrapped__` and a closure; a closure's variables tell which
decorator it was. What cannot be taken apart ends the walk: then less is known, and the verdict says so.
"""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 50  # a decorator that wraps itself must not hang the walk


def layers(view: object) -> Iterator[object]:
    """Yield the view and everything below it: wrappers, partials, methods, the function itself."""
    seen: set[int] = set()
    current: object | None = view
    while current is not None and id(current) not in seen and len(seen) < _DEEPEST:
        seen.add(id(current))
        yield current
        current = below(current)


def below(layer: object) -> object | None:
    """Return what this layer calls, or None at the bottom."""
    if isinstance(layer, functools.partial):
        return layer.func
    if isinstance(layer, types.MethodType):
        return layer.__func__
    # What as_view() returns copies the attributes of dispatch, `__wrapped__` too: not its own.
    if view_class_of(layer) is not None and is_as_view(layer):
        return None
    wrapped: object | None = own(layer).get("__wrapped__")
    return wrapped


def view_class_of(layer: object) -> type | None:
    """Return the class of a class-based view: Django's `view_class`, REST framework's `cls`."""
    for name in ("view_class", "cls"):
        found = own(layer).get(name)
        if isinstance(found, type):
            return found
    return None


def is_as_view(layer: object) -> bool:
    """Tell the function that as_view() made from a decorator around it."""
    return isinstance(layer, types.FunctionType) and {"cls", "initkwargs"} <= set(layer.__code__.co_freevars)


def own(layer: object) -> dict[str, Any]:
    """Return the layer's own attributes."""
    return getattr(layer, "__dict__", {}) if not isinstance(layer, type) else {}


def closure(layer: object) -> dict[str, Any]:
    """Return the variables of a function's closure, those of the functions in it included."""
    found: dict[str, Any] = {}
    if isinstance(layer, types.FunctionType):
        wrapped = own(layer).get("__wrapped__")
        found = _cells(layer)
        # Since Django 5.0 csrf_protect's wrapper keeps its middleware in functions beside it.
        for inner in list(found.values()):
            if isinstance(inner, types.FunctionType) and inner is not wrapped and "." in inner.__qualname__:
                found = {**_cells(inner), **found}
    return found


def _cells(function: types.FunctionType) -> dict[str, Any]:
    pairs = zip(function.__code__.co_freevars, function.__closure__ or ())
    # `==` tells a cell that is not yet assigned without reading it.
    return {name: cell.cell_contents for name, cell in pairs if cell != types.CellType()}
