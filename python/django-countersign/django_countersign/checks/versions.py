# ruff: noqa: D401, D404 - the first line of a docstring is the title of the check
"""Known header folding in what carries the request to Django."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING

import django

from django_countersign.checks.check import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

# CVE-2026-3902, by release line; lines before 4.2 and between 4.2 and 5.2 never got the fix.
DJANGO_FIXED = {(4, 2): 30, (5, 2): 13, (6, 0): 4}
GUNICORN_FIXED = (22, 0)


def django_folds_headers() -> Iterator[Found]:
    """This Django folds `_` into `-` in header names under ASGI (CVE-2026-3902).

    `X-Ssl_Client-Verify` and `X-Ssl-Client-Verify` become the same key of `request.META`, so a proxy that
    removes only one spelling lets the other through. The gateway compares folded names, so through it
    nothing gets in; a request that goes around it still can.
    """
    line, patch = (django.VERSION[0], django.VERSION[1]), django.VERSION[2]
    fixed = DJANGO_FIXED.get(line)
    if line > max(DJANGO_FIXED) or (fixed is not None and patch >= fixed):
        return
    yield Found(
        f"Django {django.get_version()} folds header names under ASGI (CVE-2026-3902).",
        f"Install Django {line[0]}.{line[1]}.{fixed} or later."
        if fixed
        else "Install Django 5.2.13 or later.",
    )


def gunicorn_folds_headers() -> Iterator[Found]:
    """This gunicorn folds `_` into `-` in header names.

    gunicorn before 22.0.0 hands over `X_Ssl_Client_Verify` under the key of `X-Ssl-Client-Verify`; later
    ones drop it (`header_map = "drop"`).
    """
    try:
        version = metadata.version("gunicorn")
    except metadata.PackageNotFoundError:
        return
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < GUNICORN_FIXED:
        yield Found(f"gunicorn {version} folds header names.", "Install gunicorn 22.0.0 or later.")
