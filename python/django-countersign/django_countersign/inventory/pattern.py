"""Reads URL patterns: for people, and for the gateway, which knows prefixes and whole paths only.

The gateway matches text, so only the literal beginning of a pattern counts, and where it ends within a
segment it is cut back to the last "/". What is uncertain makes the prefix shorter, never longer: a prefix
that is too long would leave a path to a route that was not meant for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern

from django_countersign.inventory.endpoint import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARAMETER = re.compile(r"<[^>]*>")
_END = re.compile(r"(?:\$|\\Z)\Z")
# "/foo/?$" and "/foo(?:/|$)" are two paths, not an uncertain one.
_OPTIONAL_SLASH = re.compile(r"(?:/\?(?:\$|\\Z)|\((?:\?:)?/\|\$\))\Z")
_BEGIN = re.compile(r"\A(\(\?[aiLmsux]+\))?\^")
# Before Python 3.11 they may stand anywhere.
_INLINE_FLAGS = re.compile(r"\(\?[aiLmsux]+")
_SPECIAL = frozenset(".^$*+?{}[]\\|()")


class Pattern:
    """One component of a path."""

    def __init__(self, django_pattern: object, *, is_end: bool) -> None:
        self._pattern = django_pattern
        self._is_end = is_end

    @property
    def text(self) -> str:
        """As a person reads it."""
        if isinstance(self._pattern, LocalePrefixPattern):
            return "<language>/" if self._pattern.prefix_default_language else "[<language>/]"
        text = str(self._pattern)
        if isinstance(self._pattern, RegexPattern):
            # "$" makes Django match the whole: then "^" is not needed.
            loose = "" if _anchored(text, is_end=self._is_end) else ".*"
            text = loose + _END.sub("", _BEGIN.sub(r"\1", text))
        return text

    def literals(self) -> list[tuple[str, bool]]:
        """Return each literal beginning, and whether it is the whole component."""
        if isinstance(self._pattern, LocalePrefixPattern):
            return [(prefix, True) for prefix in _language_prefixes(self._pattern)]
        if isinstance(self._pattern, RoutePattern):
            return [_route_literal(self._pattern)]
        if isinstance(self._pattern, RegexPattern):
            return _regex_literals(str(self._pattern), is_end=self._is_end)
        return [("", False)]  # a pattern class of the project's own


def shown(parts: Sequence[Pattern]) -> str:
    """Write the whole pattern."""
    return _root() + "".join(part.text for part in parts)


def places(parts: Sequence[Pattern]) -> tuple[Place, ...]:
    """Return where the gateway finds it: one place, or one per language."""
    found = [(_root(), True)]
    for part in parts:
        found = [
            (before + literal, whole)
            for before, open_ in found
            for literal, whole in (part.literals() if open_ else [("", False)])
        ]
    return tuple(Place(*_cut(path, whole=whole)) for path, whole in sorted(set(found)))


def _cut(path: str, *, whole: bool) -> tuple[str, bool]:
    return (path, True) if whole else (path[: path.rindex("/") + 1], False)


def _root() -> str:
    script = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    return f"{script}/"


def _language_prefixes(pattern: LocalePrefixPattern) -> list[str]:
    default = settings.LANGUAGE_CODE
    prefixes = [f"{code}/" for code, _ in settings.LANGUAGES]
    if not pattern.prefix_default_language:
        prefixes = [prefix for prefix in prefixes if prefix != f"{default}/"] + [""]
    return prefixes


def _route_literal(pattern: RoutePattern) -> tuple[str, bool]:
    # A translated route differs by language: nothing of it is certain.
    route = getattr(pattern, "_route", None)
    if not isinstance(route, str):
        return "", False
    parameter = _PARAMETER.search(route)
    return (route, True) if parameter is None else (route[: parameter.start()], False)


def _regex_literals(regex: str, *, is_end: bool) -> list[tuple[str, bool]]:
    slash = _OPTIONAL_SLASH.search(regex) if is_end else None
    if slash is None:
        return [_regex_literal(regex, is_end=is_end)]
    return [_regex_literal(regex[: slash.start()] + end, is_end=True) for end in ("$", "/$")]


def _regex_literal(regex: str, *, is_end: bool) -> tuple[str, bool]:
    """Return the characters that every match begins with, and whether they are all of it."""
    if not _anchored(regex, is_end=is_end) or _INLINE_FLAGS.search(regex) or _alternatives(regex):
        return "", False
    rest = regex[1:] if regex.startswith("^") else regex.removeprefix(r"\A")
    literal: list[str] = []
    at = 0
    while at < len(rest):
        character, width = rest[at], 1
        if _END.match(rest, at):
            return "".join(literal), True
        if character == "\\" and at + 1 < len(rest) and not rest[at + 1].isalnum():
            character, width = rest[at + 1], 2
        elif character in _SPECIAL:
            return "".join(literal), False
        if rest[at + width : at + width + 1] in ("?", "*", "+", "{"):
            return "".join(literal), False
        literal.append(character)
        at += width
    # Without "$", more may follow in an endpoint; below an include, the next component does.
    return "".join(literal), not is_end


def _anchored(regex: str, *, is_end: bool) -> bool:
    return bool(_BEGIN.match(regex)) or regex.startswith(r"\A") or (is_end and regex.endswith("$"))


def _alternatives(regex: str) -> bool:
    """Tell whether "|" stands outside of every group: then the beginning is one of several."""
    depth, in_class, escaped = 0, False, False
    for character in regex:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            return True
    return False
