"""The middleware and backends that the settings name, as classes.

A path that cannot be imported is left out: Django refuses to start with it and says so better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def middleware() -> list[tuple[str, type]]:
    """Return the classes in MIDDLEWARE in its order, with their dotted paths."""
    return _classes(settings.MIDDLEWARE)


def middleware_of_any_kind() -> list[tuple[str, object]]:
    """Return MIDDLEWARE with what is no class: a middleware may be a function."""
    return list(_imported(settings.MIDDLEWARE))


def backends() -> list[tuple[str, type]]:
    """Return AUTHENTICATION_BACKENDS in their order."""
    return _classes(settings.AUTHENTICATION_BACKENDS)


def position(of: type, within: list[tuple[str, type]]) -> int | None:
    """Return where the class, or a subclass of it, stands first."""
    return next((index for index, (_, one) in enumerate(within) if issubclass(one, of)), None)


def _classes(paths: Iterable[str]) -> list[tuple[str, type]]:
    return [(path, found) for path, found in _imported(paths) if isinstance(found, type)]


def _imported(paths: Iterable[str]) -> Iterator[tuple[str, object]]:
    for path in paths:
        found = _import(path)
        if found is not None:
            yield path, found


def _import(path: str) -> object | None:
    try:
        found: object = import_string(path)
    except ImportError:
        return None
    return found
