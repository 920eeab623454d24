# ruff: noqa: D401 - the first line of a docstring is the title of the check
"""Whether the cache that remembers used assertions can do so.

The `jti` of each unsafe request is added to the cache once; the second `add` fails and the request is
refused as a replay. That holds as far as the cache is shared, keeps what it gets, and adds atomically.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import InvalidCacheBackendError
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.utils.module_loading import import_string

from django_countersign import conf
from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = '{"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:6379"}'


def replay_cache_is_per_process() -> Iterator[Found]:
    """The replay cache is per process.

    `LocMemCache` is one memory per worker: an assertion that one worker has seen is new to each other one,
    so a recorded request can be sent once per worker within its 30 seconds.
    """
    alias, backend = _backend()
    if backend is not None and issubclass(backend, LocMemCache):
        yield Found(f"the replay cache {alias!r} is {_path(backend)}, one per worker process.", _hint(alias))


def replay_cache_forgets() -> Iterator[Found]:
    """The replay cache keeps nothing.

    `DummyCache` accepts every `add`, so no replay is ever seen.
    """
    alias, backend = _backend()
    if backend is not None and issubclass(backend, DummyCache):
        yield Found(f"the replay cache {alias!r} is {_path(backend)}, which keeps nothing.", _hint(alias))


def replay_cache_can_race() -> Iterator[Found]:
    """The replay cache does not add atomically.

    `FileBasedCache` looks first and writes then, and it is one per host: two copies of a request at the
    same moment can both pass.
    """
    alias, backend = _backend()
    if backend is not None and issubclass(backend, FileBasedCache):
        yield Found(f"the replay cache {alias!r} is {_path(backend)}, which can race.", _hint(alias))


def replay_cache_is_unknown() -> Iterator[Found]:
    """`COUNTERSIGN["REPLAY_CACHE"]` names no entry of `CACHES`.

    The first unsafe request would fail with a server error, in production rather than in a check.
    """
    alias = _alias()
    if alias is not None and alias not in settings.CACHES:
        known = ", ".join(map(repr, sorted(settings.CACHES)))
        yield Found(
            f'COUNTERSIGN["REPLAY_CACHE"] is {alias!r}; CACHES has {known}.',
            _hint(alias),
        )


def _alias() -> str | None:
    checked, _ = conf.read(getattr(settings, conf.SETTING, None))
    return None if checked is None else checked.replay_cache


def _backend() -> tuple[str, type | None]:
    alias = _alias() or ""
    path = settings.CACHES.get(alias, {}).get("BACKEND")
    try:
        found = import_string(path) if isinstance(path, str) else path
    except (ImportError, InvalidCacheBackendError):
        return alias, None  # Django says so itself
    return alias, found if isinstance(found, type) else None


def _path(backend: type) -> str:
    return f"{backend.__module__}.{backend.__qualname__}"


def _hint(alias: str) -> str:
    return f'Write CACHES["{alias}"] = {SHARED}, or name another entry in COUNTERSIGN["REPLAY_CACHE"].'
