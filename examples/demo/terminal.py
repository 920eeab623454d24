"""Prints the story: plain words first, then the command, then the verdict."""

import os
import sys
import textwrap

_WIDTH = 96
_COLOURS = {"bold": "1", "quiet": "2", "good": "32", "bad": "31", "command": "36"}


def paint(text: str, colour: str | None) -> str:
    """Colour the text if standard output is a terminal and NO_COLOR is not set."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if colour is None or plain or not sys.stdout.isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def say(text: str = "", indent: int = 0, colour: str | None = None) -> None:
    """Print a paragraph, or an empty line."""
    space = " " * indent
    lines = textwrap.wrap(text, _WIDTH - indent, break_on_hyphens=False, break_long_words=False)
    print("\n".join(space + paint(line, colour) for line in lines), flush=True)


def heading(text: str) -> None:
    """Begin a part of the story."""
    print(f"\n{paint(text, 'bold')}", flush=True)


def command(words: list[str]) -> None:
    """Print a command over several lines that can be pasted as they are."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 12 > _WIDTH:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    text = " \\\n       ".join(lines)
    print(f"   {paint('$', 'quiet')} {paint(text, 'command')}", flush=True)


def table(rows: list[tuple[str, str]]) -> None:
    """Print what is where."""
    left = max(len(label) for label, _ in rows)
    for label, value in rows:
        print(f"  {label.ljust(left)}  {value}", flush=True)
