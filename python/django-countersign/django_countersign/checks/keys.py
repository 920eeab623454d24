# ruff: noqa: D401 - the first line of a docstring is the title of the check
"""Whether the key file is there, secret, and of the configured algorithm.

Only with `--deploy`: a developer's machine and a build have no key file, and need none.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

from django.conf import settings

from django_countersign import conf
from django_countersign.checks.check import Found
from django_countersign.keys import KeyFileError, read_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
CHANGE = stat.S_IWGRP | stat.S_IWOTH


def key_file_is_unusable() -> Iterator[Found]:
    """The key file cannot be used.

    It is missing, unreadable for this user, no JWK Set, or holds keys of another kind than
    `COUNTERSIGN["ALGORITHM"]` says. Every request is refused then.
    """
    config = _config()
    if config is None:
        return
    try:
        read_keys(config.keys, config.algorithm)
    except KeyFileError as error:
        yield Found(
            f"{error}.",
            "The gateway writes STATE/assertion/SITE.jwks at its first start: name that file in"
            f' COUNTERSIGN["KEYS"]; ALGORITHM is {config.algorithm!r}.',
        )


def key_file_is_readable_by_others() -> Iterator[Found]:
    """Others can read the key file, or write it.

    With HS256 it holds the secret: who reads it signs assertions for anybody. With ES256 it holds public
    keys: who writes it chooses them.
    """
    config = _config()
    if config is None or os.name != "posix" or not config.keys.exists():
        return
    mode = stat.S_IMODE(config.keys.stat().st_mode)
    secret = config.algorithm == "HS256"
    if mode & (GROUP_AND_OTHERS if secret else CHANGE):
        right = "600" if secret else "644"
        yield Found(
            f"the key file {str(config.keys)!r} has mode {mode:03o}, expected {right}.",
            f"Run chmod {right} {config.keys}; it belongs to the user that both gateway and app run as.",
        )


def key_file_holds_the_private_key() -> Iterator[Found]:
    """The app holds the gateway's private key.

    With ES256 the app needs the public keys only. A file with `d` in it is the gateway's own: whoever
    takes over the app can then sign for it, which ES256 was chosen to prevent.
    """
    config = _config()
    if config is None or config.algorithm != "ES256":
        return
    try:
        entries = json.loads(config.keys.read_bytes())["keys"]
        private = any("d" in entry for entry in entries)
    except (OSError, ValueError, KeyError, TypeError):
        return  # E080 says so
    if private:
        yield Found(
            f"the key file {str(config.keys)!r} holds private keys.",
            'Name the public one in COUNTERSIGN["KEYS"]: SITE.jwks instead of SITE.private.jwks.',
        )


def _config() -> conf.Config | None:
    return conf.read(getattr(settings, conf.SETTING, None))[0]
