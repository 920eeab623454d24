"""How an inventory is written. `FORMATS` is the only list: a name and a function from endpoints to text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable

from django_countersign.inventory.endpoint import Endpoint
from django_countersign.inventory.formats import json, markdown, text, toml

Writer = Callable[[Sequence[Endpoint]], str]

FORMATS: dict[str, Writer] = {
    "text": text.write,
    "json": json.write,
    "markdown": markdown.write,
    "toml": toml.write,
}
