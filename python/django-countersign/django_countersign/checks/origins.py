"""Which other origins Django's CSRF check trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator


def origin_is_not_https() -> Iterator[Found]:
    """`CSRF_TRUSTED_ORIGINS` has an `http://` origin.

    A page over plain http is written by whoever is on the network between, so trusting it trusts them all.
    Without `Origin`, Django's `Referer` check ignores the scheme of the entry altogether.
    """
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        scheme, separator, rest = origin.partition("://")
        # An entry without a scheme is Django's own 4_0.E001.
        if separator and scheme.lower() != "https":
            yield Found(
                f"CSRF_TRUSTED_ORIGINS has {origin!r}: anybody on the network can write that page.",
                f'Write "https://{rest}", or remove it.',
                obj=origin,
            )


def origin_is_a_wildcard() -> Iterator[Found]:
    """`CSRF_TRUSTED_ORIGINS` has a wildcard.

    Each host below it can send forms as whoever holds the certificate: the forgotten blog, the tenant's
    page, the name whose server is long gone. The bare domain is trusted too.
    """
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if "*" in origin:
            example = origin.replace("*", "partner", 1)
            yield Found(
                f"CSRF_TRUSTED_ORIGINS has {origin!r}: every host below it may send forms.",
                f'Name each origin that does: CSRF_TRUSTED_ORIGINS = ["{example}"].',
                obj=origin,
            )
