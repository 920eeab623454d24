"""Whether a Django request may be served at all: the assertion, and that it is used once.

The one exception from the assertion is a health check: a named path, GET or HEAD, from this machine, and
not forwarded by any proxy. It is served as nobody.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.core.cache import caches

from django_countersign import binding
from django_countersign.conf import config
from django_countersign.refusal import AssertionRefused
from django_countersign.request import SAFE_METHODS
from django_countersign.verifier import SKEW, verifier

if TYPE_CHECKING:
    from django.core.cache.backends.base import BaseCache
    from django.http import HttpRequest

    from django_countersign.assertion import Assertion

_log = logging.getLogger("django_countersign")

# Servers fold `Countersign_Assertion` to this key too. The gateway removes the client's copies in every
# spelling; two that arrive all the same are joined with a comma by every server, and refused for it.
HEADER = "HTTP_COUNTERSIGN_ASSERTION"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def admit(request: HttpRequest, now: int) -> Assertion | None:
    """Return the verified assertion, None for a health check, or raise `AssertionRefused`."""
    value = request.META.get(HEADER)
    if value is None and _is_health_check(request):
        return None
    return verifier().verify(value, lambda: binding.of_request(request), now)


def must_be_fresh(request: HttpRequest, assertion: Assertion | None) -> bool:
    """Return whether a copy of the assertion would do harm: methods that change something."""
    return assertion is not None and assertion.request_id is not None and request.method not in SAFE_METHODS


def spend(assertion: Assertion, now: int) -> None:
    """Note that the assertion was used; `add` is atomic, so of two copies one is refused."""
    try:
        fresh = _cache().add(_key(assertion), 1, _lifetime(assertion, now))
    except Exception:  # noqa: BLE001 - whatever the cache fails with, the request is refused
        raise _unavailable() from None
    _refuse_unless(fresh)


async def aspend(assertion: Assertion, now: int) -> None:
    """Do the same without blocking."""
    try:
        fresh = await _cache().aadd(_key(assertion), 1, _lifetime(assertion, now))
    except Exception:  # noqa: BLE001 - whatever the cache fails with, the request is refused
        raise _unavailable() from None
    _refuse_unless(fresh)


def _cache() -> BaseCache:
    return caches[config().replay_cache]


def _key(assertion: Assertion) -> str:
    # Hashed: whatever the id is, every cache takes it for a key, and for this key only.
    return f"countersign:{sha256((assertion.request_id or '').encode()).hexdigest()}"


def _lifetime(assertion: Assertion, now: int) -> int:
    """Return for how many seconds a copy could still pass the check of its time."""
    return assertion.expires_at + SKEW - now + 1


def _refuse_unless(fresh: bool) -> None:  # noqa: FBT001 - the answer of `add`
    if not fresh:
        raise AssertionRefused("assertion-replayed")


def _unavailable() -> AssertionRefused:
    _log.exception("the cache %r of REPLAY_CACHE failed", config().replay_cache)
    return AssertionRefused("replay-cache-unavailable")


def _is_health_check(request: HttpRequest) -> bool:
    """Return whether the request is one that needs no assertion.

    Fails open on purpose: a probe on this machine cannot sign. It is read-only, and behind a proxy on this
    machine, where every address is loopback, the proxy's own headers give a client's request away.
    """
    if request.path not in config().health_paths or request.method not in {"GET", "HEAD"}:
        return False
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
