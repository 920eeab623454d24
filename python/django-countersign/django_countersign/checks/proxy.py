"""Whether Django believes the gateway about scheme and host, and nothing else about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

RIGHT = ("HTTP_X_FORWARDED_PROTO", "https")
LINE = f"SECURE_PROXY_SSL_HEADER = {RIGHT!r}"


def https_is_not_seen() -> Iterator[Found]:
    """`SECURE_PROXY_SSL_HEADER` is not set.

    TLS ends at the gateway, so Django takes every request for plain http. Its CSRF check then expects
    `Origin: http://…` and refuses every form of the site's own pages, the strict `Referer` check never
    runs, and `build_absolute_uri()` makes http links.
    """
    if settings.SECURE_PROXY_SSL_HEADER is None:
        yield Found(
            "SECURE_PROXY_SSL_HEADER is not set: behind the gateway request.is_secure() is always False.",
            f"Write {LINE}; the gateway removes the client's own X-Forwarded-Proto.",
        )


def https_is_read_elsewhere() -> Iterator[Found]:
    """`SECURE_PROXY_SSL_HEADER` names something that the gateway does not set.

    The gateway sends exactly `X-Forwarded-Proto: https` and removes what the client sent under that name.
    Another header is one that the client may choose; another value never matches (`HTTPS` does not).
    """
    value = settings.SECURE_PROXY_SSL_HEADER
    if value is not None and tuple(value) != RIGHT:
        yield Found(
            f"SECURE_PROXY_SSL_HEADER is {value!r}, which the gateway does not send.", f"Write {LINE}."
        )


def forwarded_host_is_used() -> Iterator[Found]:
    """`USE_X_FORWARDED_HOST` is on.

    The gateway forwards `Host` as the client sent it, and the assertion covers `Host`. A second source for
    the same fact can only differ from the one that was verified, for a request that went another way.
    """
    if settings.USE_X_FORWARDED_HOST:
        yield Found(
            "USE_X_FORWARDED_HOST is on: the host comes from a header that the assertion does not cover.",
            "Remove USE_X_FORWARDED_HOST; the gateway forwards Host unchanged.",
        )


def forwarded_port_is_used() -> Iterator[Found]:
    """`USE_X_FORWARDED_PORT` is on.

    As with the host: `Host` has the port that the client used, and the assertion covers it.
    """
    if settings.USE_X_FORWARDED_PORT:
        yield Found(
            "USE_X_FORWARDED_PORT is on: the port comes from a header that the assertion does not cover.",
            "Remove USE_X_FORWARDED_PORT; the gateway forwards Host with its port.",
        )
