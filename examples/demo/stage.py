"""Plays scenes against the running servers and compares what came of them."""

import json
import sqlite3
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import terminal
from curl import Answer
from scenes import Scene, Transfer
from servers import ARRIVAL

_LOG_SECONDS = 5
_LINE = 80


class Stage:
    """Counts the verdicts. Asks Django's own database what moved, and its log what arrived."""

    def __init__(self, database: Path, access_log: Path) -> None:
        """Begin, with Example Bank's database and the log that has a line for each request."""
        self.played = 0
        self.failed = 0
        self._database = database
        self._access_log = access_log
        self._arrivals = self._arrived()

    def part(self, title: str, scenes: Iterable[Scene]) -> None:
        """Play one part of the story."""
        terminal.heading(title)
        for scene in scenes:
            self.play(scene)

    def play(self, scene: Scene) -> Answer:
        """Show the scene, send its request and tell the verdict."""
        terminal.say()
        terminal.say(scene.title, 3, "bold")
        terminal.say(scene.story, 3)
        terminal.command(scene.curl.shown())
        before = self.transfers()
        answer = scene.curl.send()
        moved = self.transfers()[len(before) :]
        self._arrivals += scene.reason is None
        found = problems(scene, answer, moved)
        if (arrivals := self._arrived(self._arrivals)) != self._arrivals:
            found.append(f"{arrivals} requests have reached Django, expected {self._arrivals}")
            self._arrivals = arrivals
        self.played += 1
        self.failed += bool(found)
        _tell(scene, answer, moved)
        if scene.reason and not found:
            terminal.say("It never reached Django, and no money moved.", 5)
        if scene.app_reason and not found:
            terminal.say("No money moved.", 5)
        for problem in found:
            terminal.say(f"NOT AS EXPECTED: {problem}", 5, "bad")
        return answer

    def transfers(self) -> list[Transfer]:
        """Return every transfer that Django has recorded, oldest first."""
        database = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        try:
            rows = database.execute(
                "SELECT username, payee, amount_cents, via FROM accounts_transfer"
                " JOIN auth_user ON auth_user.id = sender_id ORDER BY accounts_transfer.id"
            ).fetchall()
        finally:
            database.close()
        return [(by, to, f"{Decimal(cents) / 100:.2f}", via) for by, to, cents, via in rows]

    def _arrived(self, at_least: int = 0) -> int:
        """Count the requests that reached Django; it writes the line just after its answer."""
        end = time.monotonic() + _LOG_SECONDS
        while True:
            lines = self._access_log.read_text(encoding="utf-8", errors="replace").splitlines()
            count = sum(line.startswith(ARRIVAL) for line in lines)
            if count >= at_least or time.monotonic() > end:
                return count
            time.sleep(0.02)


def problems(scene: Scene, answer: Answer, moved: list[Transfer]) -> list[str]:
    """Return what did not come as the scene has it."""
    found = []
    if answer.failure:
        found.append(answer.failure)
    if answer.status != scene.status:
        found.append(f"status {answer.status}, expected {scene.status}")
    if answer.reason != scene.reason:
        found.append(f"reason {answer.reason}, expected {scene.reason}")
    if answer.app_reason != scene.app_reason:
        found.append(f"Django's reason {answer.app_reason}, expected {scene.app_reason}")
    if moved != list(scene.moves):
        found.append(f"transfers {moved}, expected {list(scene.moves)}")
    shown = answer.json()
    found += [
        f"{name} is {shown.get(name)!r}, expected {value!r}"
        for name, value in scene.shows.items()
        if shown.get(name) != value
    ]
    if scene.hides and scene.hides in answer.body.lower():
        found.append(f"{scene.hides} stands in the answer: {answer.body}")
    return found


def _tell(scene: Scene, answer: Answer, moved: list[Transfer]) -> None:
    if answer.reason:
        _verdict("refused", "bad", f"{answer.status}  {answer.reason}")
        terminal.say(f"countersign says: {answer.refusal()}", 5)
    elif answer.app_reason:
        _verdict("refused", "bad", f"{answer.status}  {answer.app_reason}")
        terminal.say(f"django-countersign says: {answer.json().get('title')}", 5)
    else:
        # What got through to the wrong place is no success.
        forged = any(payee == "mallory" for _, payee, _, _ in moved)
        _verdict(*(("forged", "bad") if forged else ("permitted", "good")), str(answer.status))
    for sender, payee, amount, via in moved:
        terminal.say(f"Django moved {amount} from {sender} to {payee} (via {via}).", 5)
    if scene.shows:
        terminal.say("Django says:", 5)
        for line in json.dumps(answer.json(), indent=2).splitlines():
            terminal.say(_cut(line), 5 + len(line) - len(line.lstrip()))


def _verdict(word: str, colour: str, rest: str) -> None:
    print(f"   → {terminal.paint(word, colour)}  {rest}", flush=True)


def _cut(line: str) -> str:
    # A whole certificate says less than its first letters.
    line = line.strip()
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"
