"""docs/browsers.md, written from a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cases import ROLES

if TYPE_CHECKING:
    from servers import Arrived

HEAD = """\
# What browsers send, and what comes of it

<!-- Written by a run: UPDATE=1 python3 tests/browsers -->

Chromium {chromium} and Firefox {firefox} (ESR), headless, with a client certificate in their store, as `./test browsers`
runs them. Every case is done twice by the same page: against an app that asks for the certificate itself, which shows
what the browser sends and that the attack arrives; and against the same app behind countersign. The app believes
everybody, and grants every origin everything by CORS. Nothing forged reached it through the gateway, and everything
honest did.

*Sent* is what arrived without a gateway: method, whether the certificate came along, cookies, `Origin`,
`Sec-Fetch-Site`/`Sec-Fetch-Mode`; of the app's own pages it is what the app got. The cookies that the app had set: `sessionid` with `SameSite=None`, `csrftoken` with
`Lax`, `strict` with `Strict`, `unspecified` without any.

"""


def sent(arrived: list[Arrived]) -> str:
    """Tell what arrived: the last of it, which is the request itself if there was a preflight."""
    if not arrived:
        return "nothing"
    one = arrived[-1]
    cookies = ", ".join(sorted(one.cookies)) or "no cookies"
    certificate = "certificate" if one.certificate else "**no certificate**"
    metadata = f"{one.fetch_site or '–'}/{one.fetch_mode or '–'}"
    kind = f" {one.content_type}" if one.content_type else ""
    return f"{one.method}{kind}; {certificate}; {cookies}; {one.origin or 'no Origin'}; {metadata}"


def verdict(main: list[tuple[str, str, str]], every: list[tuple[str, str, str]]) -> str:
    """Tell what the gateway said."""
    if not main:
        return "nothing came"
    method, said, reason = main[-1]
    text = f"{'refused' if said == 'refuse' else 'permitted'}, `{reason}`"
    if method == "OPTIONS":
        return f"preflight {text}"
    return text + (" after its preflight" if any(one[0] == "OPTIONS" for one in every) else "")


def markdown(rows: dict[str, list[dict[str, Any]]], versions: dict[str, str]) -> str:
    """Return the page."""
    text = HEAD.format(**versions)
    for role, (who, _) in ROLES.items():
        text += f"## {who[0].upper()}{who[1:]}\n\n"
        text += "| case | browser | sent | verdict | reached the app |\n|---|---|---|---|---|\n"
        per_case: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for browser, all_of in rows.items():
            for row in all_of:
                if row["role"] == role:
                    per_case.setdefault(row["what"], []).append((browser, row))
        for what, of in per_case.items():
            for browser, row in of:
                reached = "yes" if row["reached"] else "no"
                text += f"| {what} | {browser.title()} | {_portless(row['sent'])} | {row['verdict']} | {reached} |\n"
        text += "\n"
    text += "## Cookies tossed by the sibling\n\n"
    text += (
        "The sibling set `sessionid` and `csrftoken` for the whole domain. What the app then saw of the two:\n\n"
        "| browser | without a gateway | behind countersign |\n|---|---|---|\n"
    )
    for browser, all_of in rows.items():
        tossed = {row["case"]: row["verdict"] for row in all_of if row["role"] == "toss"}
        text += f"| {browser.title()} | {tossed['twin']} | {tossed['app']} |\n"
    return text


def _portless(text: str) -> str:
    """Leave out ports, which are others each time."""
    return "; ".join(
        part.rpartition(":")[0] if part.startswith(" https://") and part.count(":") > 1 else part
        for part in text.split(";")
    ).replace(";  ", "; ")
