"""Names a view and tells where it is written."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from pathlib import Path

from django_countersign.inventory.layers import closure, is_as_view, layers, view_class_of


def view_class(callback: object) -> type | None:
    """Return the class of a class-based view, or None for any other."""
    for layer in layers(callback):
        found = view_class_of(layer)
        if found is not None:
            return found
    return None


def written(callback: object) -> object:
    """Return what a person wrote: the function below the decorators, or the class."""
    api_function = _api_view_function(callback)
    if api_function is not None:
        return api_function
    found = view_class(callback)
    if found is not None:
        return found
    bottom = list(layers(callback))[-1]
    return bottom if isinstance(bottom, (types.FunctionType, type)) else type(bottom)


def dotted(callback: object) -> str:
    """Name it as one would import it; a method of an object by the object's class."""
    for layer in layers(callback):
        if isinstance(layer, types.MethodType):
            owner = layer.__self__ if isinstance(layer.__self__, type) else type(layer.__self__)
            return f"{owner.__module__}.{owner.__qualname__}.{layer.__func__.__name__}"
    thing = written(callback)
    module = getattr(thing, "__module__", "?")
    return f"{module}.{getattr(thing, '__qualname__', repr(thing))}"


def location(callback: object) -> str | None:
    """Return file and line; the file relative to where Python found it, so that machines agree."""
    return _location(written(callback))


@functools.cache
def _location(thing: object) -> str | None:
    try:
        file = inspect.getsourcefile(thing)  # type: ignore[arg-type]
        line = (
            thing.__code__.co_firstlineno
            if isinstance(thing, types.FunctionType)
            else inspect.findsource(thing)[1] + 1  # type: ignore[arg-type]
        )
    except (OSError, TypeError):
        return None  # built in, or made at run time
    return None if file is None else f"{_relative(Path(file))}:{line}"


def _relative(file: Path) -> str:
    parents = [Path(entry).resolve() for entry in sys.path if entry] + [Path.cwd()]
    below = [parent for parent in parents if parent in file.parents]
    nearest = max(below, key=lambda parent: len(parent.parts), default=None)
    return file.as_posix() if nearest is None else file.relative_to(nearest).as_posix()


def _api_view_function(callback: object) -> object | None:
    """Return the function below REST framework's @api_view, which hides it in a handler of a class."""
    found = view_class(callback)
    if found is None or not any(is_as_view(layer) for layer in layers(callback)):
        return None
    for name in getattr(found, "http_method_names", ()):
        handler = vars(found).get(name)
        function = closure(handler).get("func") if getattr(handler, "__name__", "") == "handler" else None
        if function is not None:
            return list(layers(function))[-1]
    return None
