"""Where the keys are that verify the gateway's assertions, and what to say if nobody said it."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_DEFAULT = Path(__file__).resolve().parent.parent / "assertion.jwks"


def key_file() -> Path:
    """Return the file of BANK_ASSERTION_KEYS, of `countersign dev`, or the one beside manage.py."""
    return Path(_named() or _DEFAULT)


def require_key_file() -> None:
    """Refuse to serve if nobody named a key file: every request would be refused.

    A file that was named may come later: the gateway makes it at its first start, and until then
    the app refuses everybody. Commands such as `migrate` need none.
    """
    if not _named() and not _DEFAULT.exists():
        raise ImproperlyConfigured(
            "BANK_ASSERTION_KEYS is not set: it is the path of the key file that the gateway makes,"
            " STATE/assertion/SITE.jwks (`countersign run` and `countersign dev` say where)"
        )


def _named() -> str | None:
    return os.environ.get("BANK_ASSERTION_KEYS") or os.environ.get("COUNTERSIGN_KEYS")
