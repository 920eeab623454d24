"""What a check is: an ID that never changes meaning, and a function that yields what it found.

The function's docstring is its documentation: the first line is the title, the rest says why. The letter
in the ID is the level: E for what lets identity or intent be forged, or breaks the app behind the
gateway; W for what weakens either. A check that could be true of a healthy developer's machine is `deploy`.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "countersign."


@dataclass(frozen=True)
class Found:
    """One thing that is wrong: what was seen, and the exact line to write instead."""

    message: str
    hint: str
    obj: str | None = None


@dataclass(frozen=True)
class Check:
    """One entry of the registry."""

    code: str
    run: Callable[[], Iterator[Found]]
    deploy: bool = False

    @property
    def id(self) -> str:
        """As SILENCED_SYSTEM_CHECKS has it."""
        return PREFIX + self.code

    @property
    def title(self) -> str:
        """The first line of the documentation."""
        return self._doc().partition("\n")[0].rstrip(".")

    @property
    def why(self) -> str:
        """The documentation below the title."""
        return self._doc().partition("\n")[2].strip()

    def messages(self) -> list[CheckMessage]:
        """Run the check."""
        level = Error if self.code.startswith("E") else Warning
        return [level(found.message, hint=found.hint, obj=found.obj, id=self.id) for found in self.run()]

    def _doc(self) -> str:
        return inspect.cleandoc(self.run.__doc__ or "")
