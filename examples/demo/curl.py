"""A request as a curl command: what is shown is what is run."""

import json
import re
import shlex
import subprocess
from dataclasses import dataclass
from html import unescape
from typing import Any

_FACTS = ("Received", "Expected")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    reason: str | None
    body: str
    failure: str

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty if it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def app_reason(self) -> str | None:
        """Return the code of a refusal by django-countersign, which has no header for it."""
        code = self.json().get("reason") if self.reason is None else None
        return str(code) if code else None

    def refusal(self) -> str:
        """Return the gateway's own words, from its problem document or its page."""
        if detail := self.json().get("detail"):
            return str(detail)
        page = re.findall(r"<h1>(.*?)\.?</h1>|<dt>(\w+)</dt><dd><code>(.*?)</code>", self.body)
        facts = [f"{label.lower()} {value}" for _, label, value in page if label in _FACTS]
        return unescape("; ".join([title for title, _, _ in page if title] + facts))


@dataclass(frozen=True)
class Curl:
    """One curl command; each item of `options` is an option with its value."""

    url: str
    options: tuple[tuple[str, ...], ...] = ()

    def shown(self) -> list[str]:
        """Return the command as pieces that a line break must not split."""
        return ["curl -i", *(shlex.join(option) for option in self.options), shlex.quote(self.url)]

    def send(self) -> Answer:
        """Run the command."""
        words = ["curl", "-i", *(word for option in self.options for word in option), self.url]
        # -q comes first: a person's own curlrc must not change the demonstration.
        done = subprocess.run(
            ["curl", "-q", "-sS", "--noproxy", "*", "--max-time", "30", *words[1:]],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        head, _, body = done.stdout.decode("utf-8", "replace").partition("\r\n\r\n")
        status = re.match(r"HTTP/[0-9.]+ ([0-9]{3})", head)
        reason = re.search(r"^countersign-reason: *(\S+)\r?$", head, re.IGNORECASE | re.MULTILINE)
        return Answer(
            status=int(status[1]) if status else 0,
            reason=reason[1] if reason else None,
            body=body,
            failure=done.stderr.decode("utf-8", "replace").strip(),
        )
