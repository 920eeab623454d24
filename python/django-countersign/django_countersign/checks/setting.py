"""Whether `COUNTERSIGN` can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_countersign import conf
from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator


def setting_has_errors() -> Iterator[Found]:
    """`COUNTERSIGN` is missing or has errors.

    Without it no assertion can be verified, so the middleware refuses to load. Every error is told at
    once, an unknown key too: a misspelt option that does nothing is how a check gets lost.
    """
    for problem in conf.problems():
        yield Found(
            f"{problem}.",
            'Write COUNTERSIGN = {"KEYS": "/run/countersign/app.jwks", "AUDIENCE": "app"}, with the key file'
            " that the gateway writes and the audience of its site.",
        )
