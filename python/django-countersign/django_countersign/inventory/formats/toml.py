"""A proposal for the gateway: `[[site.route]]` tables to paste below a `[[site]]`.

The gateway takes the most specific path. "/" stays for browsers, so only what programs call needs a route
of its own, and each browser endpoint that lies below such a route. Where endpoints share a prefix and
differ in audience, the route is `any`: either proof, never none. An endpoint whose path begins with a
parameter has no prefix to tell it by: it stays with "/", and a comment says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_countersign.inventory.endpoint import Audience, Endpoint, Methods, in_order
from django_countersign.inventory.formats.text import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = """\
# Routes for the gateway, proposed by `manage.py countersign inventory --format toml`.
# {summary}.
# Paste them below the [[site]] of this app, read each comment, then run `countersign check`."""
_REST = "# Everything else: pages, and what changes nothing."


@dataclass(frozen=True)
class Route:
    """One table, with the endpoints that it is about."""

    path: str
    audience: Audience
    methods: Methods
    endpoints: tuple[Endpoint, ...]


def write(endpoints: Sequence[Endpoint]) -> str:
    """Write the tables, most specific first, "/" last."""
    found = routes(endpoints)
    blocks = [_HEAD.format(summary=summary(endpoints)), *(_table(route) for route in found)]
    lost = [
        one for one in endpoints if one.audience != "browser" and any(not _known(p.path) for p in one.places)
    ]
    blocks.append("\n".join([*(_lost(one) for one in lost), _REST, "[[site.route]]", 'path = "/"']))
    return "\n\n".join(blocks) + "\n"


def routes(endpoints: Sequence[Endpoint]) -> list[Route]:
    """Group by path; leave out what a shorter route or "/" already says."""
    groups: dict[str, list[Endpoint]] = {}
    for one in endpoints:
        for place in one.places:
            if _known(place.path):
                groups.setdefault(place.path, []).append(one)
    made = {path: _route(path, group) for path, group in groups.items()}
    wanted = {path for path, route in made.items() if route.audience != "browser"}
    # A browser endpoint needs a table only where a longer claim would take it for a program's.
    wanted |= {path for path in made if _encloses(path, wanted)}
    return [made[path] for path in sorted(wanted)]


def _route(path: str, group: list[Endpoint]) -> Route:
    audiences = {one.audience for one in group}
    audience: Audience = audiences.pop() if len(audiences) == 1 else "any"
    methods: set[str] | None = set()
    for one in group:
        methods = None if methods is None or one.methods is None else methods | set(one.methods)
    return Route(path, audience, None if methods is None else _written(methods), tuple(group))


def _written(methods: set[str]) -> tuple[str, ...]:
    # At the gateway GET includes HEAD, and TRACE is always refused.
    return in_order(methods - ({"HEAD", "TRACE"} if "GET" in methods else {"TRACE"}))


def _encloses(path: str, wanted: set[str]) -> bool:
    return any(path != other and other.endswith("/") and path.startswith(other) for other in wanted)


def _known(path: str) -> bool:
    """Tell whether the gateway takes it as a route of its own: canonical, and more than the root."""
    segments = path[1:].rstrip("/").split("/")
    canonical = path.isprintable() and not {"", ".", ".."}.intersection(segments)
    return path != "/" and canonical and not set(path).intersection("%\\") and not path.endswith("//")


def _table(route: Route) -> str:
    lines = [line for one in route.endpoints for line in _comment(one)]
    if route.audience == "any" and {one.audience for one in route.endpoints} != {"any"}:
        lines.append("# Pages and programs share this prefix, so either proof counts.")
    lines += ["[[site.route]]", f"path = {_text(route.path)}"]
    if route.methods:
        lines.append(f"methods = [{', '.join(_text(method) for method in route.methods)}]")
    lines.append(f"audience = {_text(route.audience)}")
    return "\n".join(lines)


def _comment(one: Endpoint) -> list[str]:
    return [f"# {one.pattern} ({one.view}), {one.audience}:", f"#   {one.verdict.why}"]


def _lost(one: Endpoint) -> str:
    return (
        f"# {one.pattern} ({one.view}) should be {one.audience}, but no prefix tells it from pages:\n"
        f"#   move it below a prefix of its own. Until then programs need a browser's proof there."
    )


def _text(value: str) -> str:
    # JSON's strings are TOML's basic strings.
    return json.dumps(value, ensure_ascii=False)
