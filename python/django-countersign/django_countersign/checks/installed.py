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
    """Return MIDDLEWARE in its order: dotted path and class."""
    return list(_classes(settings.MIDDLEWARE))


def backends() -> list[tuple[str, type]]:
    """Return AUTHENTICATION_BACKENDS in their order."""
    return list(_classes(settings.AUTHENTICATION_BACKENDS))


def position(of: type, within: list[tuple[str, type]]) -> int | None:
    """Return where the class, or a subclass of it, stands first."""
    return next((index for index, (_, one) in enumerate(within) if issubclass(one, of)), None)


def _classes(paths: Iterable[str]) -> Iterator[tuple[str, type]]:
    for path in paths:
        try:
            found = import_string(path)
        except ImportError:
            continue
        # Middleware may be a function: no subclass of anything, so no check is about it.
        if isinstance(found, type):
            yield path, found
