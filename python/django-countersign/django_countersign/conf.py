"""The one setting, `COUNTERSIGN = {...}`, read into a checked value.

All errors are told at once. An unknown key is an error, with the nearest known one as a hint: a misspelt
option that silently does nothing is how a check gets lost. Options that loosen begin with ALLOW_.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

SETTING = "COUNTERSIGN"

Algorithm = Literal["HS256", "ES256"]


@dataclass(frozen=True)
class GroupMapping:
    """`USER["GROUPS"]`: which certificate values put a user into which group."""

    source: str
    table: Mapping[str, str]
    keep_others: bool = True


@dataclass(frozen=True)
class UserMapping:
    """`USER`: which part of an identity finds which user field."""

    identity: str
    field: str
    create: bool = False
    trust: tuple[str, ...] = ()
    groups: GroupMapping | None = None


@dataclass(frozen=True)
class Config:
    """`COUNTERSIGN`, checked. Only `KEYS` and `AUDIENCE` have no default."""

    keys: Path
    audience: str
    algorithm: Algorithm = "HS256"
    issuer: str = "countersign"
    allow_session_assertions: bool = False
    health_paths: tuple[str, ...] = ()
    replay_cache: str = "default"
    bind_session: Literal["identity", "fingerprint"] = "identity"
    login: Literal["session", "request"] = "session"
    user: UserMapping | None = None


@lru_cache(maxsize=1)
def config() -> Config:
    """Return the checked configuration; every error of it is in the one exception."""
    checked, problems = read(getattr(settings, SETTING, None))
    if checked is None:
        raise ImproperlyConfigured(f"{SETTING} has errors:\n- " + "\n- ".join(problems))
    return checked


def problems() -> list[str]:
    """Return every error of the setting, for the system checks."""
    return read(getattr(settings, SETTING, None))[1]


def read(raw: object) -> tuple[Config | None, list[str]]:
    """Read the raw setting: the checked value, or None and everything that is wrong."""
    if raw is None:
        return None, [f"{SETTING} is missing: it is a dict with at least KEYS and AUDIENCE"]
    table = _Table(raw, SETTING, [])
    values: dict[str, Any] = {
        "keys": table.take("KEYS", _path, required=True),
        "audience": table.take("AUDIENCE", _text, required=True),
        "algorithm": table.take("ALGORITHM", _choice("HS256", "ES256"), default="HS256"),
        "issuer": table.take("ISSUER", _text, default="countersign"),
        "allow_session_assertions": table.take("ALLOW_SESSION_ASSERTIONS", _boolean, default=False),
        "health_paths": table.take("HEALTH_PATHS", _paths, default=()),
        "replay_cache": table.take("REPLAY_CACHE", _text, default="default"),
        "bind_session": table.take("BIND_SESSION", _choice("identity", "fingerprint"), default="identity"),
        "login": table.take("LOGIN", _choice("session", "request"), default="session"),
        "user": table.take("USER", _user, default=None),
    }
    table.refuse_unknown()
    if values["allow_session_assertions"] and values["algorithm"] == "HS256":
        table.problems.append(
            "ALLOW_SESSION_ASSERTIONS contradicts ALGORITHM 'HS256': the session mode is ES256 only"
        )
    return (None if table.problems else Config(**values)), table.problems


class _Invalid(Exception):  # noqa: N818 - it never leaves this module
    """What was expected of a value."""


class _Table:
    """A dict being read: knows which keys were asked for, and collects what is wrong."""

    def __init__(self, raw: object, name: str, problems: list[str]) -> None:
        self.name = name
        self.problems = problems
        self.known: list[str] = []
        self._is_table = isinstance(raw, Mapping)
        self.raw: Mapping[Any, Any] = {}
        if isinstance(raw, Mapping):
            self.raw = raw
        else:
            problems.append(f"{name} is {raw!r}: expected a dict")

    def take(
        self, key: str, reader: Callable[[Any], Any], *, default: Any = None, required: bool = False
    ) -> Any:
        self.known.append(key)
        if key not in self.raw:
            if required and self._is_table:
                self.problems.append(f"{self.name} lacks {key!r}")
            return default
        try:
            return reader(self.raw[key])
        except _Invalid as error:
            self.problems.append(f"{self.name}[{key!r}] is {self.raw[key]!r}: {error}")
        except _Problems as error:
            self.problems.extend(f"{self.name}[{key!r}]: {problem}" for problem in error.problems)
        return default

    def refuse_unknown(self) -> None:
        for key in self.raw:
            if key not in self.known:
                near = difflib.get_close_matches(str(key).upper(), self.known, n=1)
                hint = f", did you mean {near[0]!r}?" if near else f": known are {', '.join(self.known)}"
                self.problems.append(f"{self.name} has an unknown key {key!r}{hint}")


class _Problems(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, problems: list[str]) -> None:
        super().__init__(*problems)
        self.problems = problems


def _path(value: Any) -> Path:
    if not isinstance(value, (str, os.PathLike)) or not str(value):
        raise _Invalid("expected the path of a key file (a JWK Set)")
    return Path(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Invalid("expected text that is not empty")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Invalid("expected True or False")
    return value


def _choice(*choices: str) -> Callable[[Any], str]:
    def reader(value: Any) -> str:
        if value not in choices:
            raise _Invalid("expected " + " or ".join(repr(choice) for choice in choices))
        return str(value)

    return reader


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) and one for one in value):
        raise _Invalid("expected a list of texts")
    return tuple(value)


def _paths(value: Any) -> tuple[str, ...]:
    paths = _texts(value)
    if not all(path.startswith("/") for path in paths):
        raise _Invalid("expected paths that begin with '/'")
    return paths


def _user(value: Any) -> UserMapping:
    table = _Table(value, "the mapping", [])
    values: dict[str, Any] = {
        "identity": table.take("IDENTITY", _source(IDENTITY_SOURCES), required=True),
        "field": table.take("FIELD", _text, required=True),
        "create": table.take("CREATE", _boolean, default=False),
        "trust": table.take("TRUST", _texts, default=()),
        "groups": table.take("GROUPS", _groups, default=None),
    }
    table.refuse_unknown()
    if table.problems:
        raise _Problems(table.problems)
    return UserMapping(**values)


def _groups(value: Any) -> GroupMapping:
    table = _Table(value, "the mapping", [])
    values: dict[str, Any] = {
        "source": table.take("FROM", _source(GROUP_SOURCES), required=True),
        "table": table.take("MAP", _group_table, required=True),
        "keep_others": table.take("KEEP_OTHERS", _boolean, default=True),
    }
    table.refuse_unknown()
    if table.problems:
        raise _Problems(table.problems)
    return GroupMapping(**values)


def _group_table(value: Any) -> Mapping[str, str]:
    pairs = value.items() if isinstance(value, Mapping) else [("", "")]
    if not all(isinstance(one, str) and one and isinstance(name, str) and name for one, name in pairs):
        raise _Invalid("expected a dict from a value in the certificate to the name of a group")
    return dict(value)


# `subject` is the whole name as text; `subject:CN` is one attribute of it, parsed.
IDENTITY_SOURCES = ("sub", "email", "upn", "uri", "dns", "fingerprint", "spki", "subject:")
GROUP_SOURCES = ("email", "upn", "uri", "dns", "subject:")


def _source(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def reader(value: Any) -> str:
        attribute = value.partition(":")[2] if isinstance(value, str) else ""
        if value in choices and not value.endswith(":"):
            return str(value)
        if attribute and f"{value.partition(':')[0]}:" in choices:
            return str(value)
        names = ", ".join(f"'{one}ATTRIBUTE'" if one.endswith(":") else repr(one) for one in choices)
        raise _Invalid(f"expected one of {names}")

    return reader


def _forget(*, setting: str, **_kwargs: Any) -> None:
    if setting == SETTING:
        config.cache_clear()


setting_changed.connect(_forget, dispatch_uid="django_countersign.conf")
