"""Attack an app with real browsers that hold its client certificate, and use it honestly.

    python3 tests/browsers [chromium] [firefox]

Each case runs twice: against the app as it is, which shows that the attack arrives and what the
browser sends with it, and through the gateway. Facts that differ from expected.json fail; UPDATE=1
writes them, and docs/browsers.md.
COUNTERSIGN is the gateway's program.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import browsers
import page
from cases import ROLES
from servers import HONEST, App, Handler, Notes, Pages, Server, Twin

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Starting a browser on a busy machine, and all of its cases.
PATIENCE = 300


class Stage:
    """Certificates, servers and the gateway, for one browser."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.countersign = os.environ.get("COUNTERSIGN") or str(ROOT / "target/debug/countersign")
        self.notes = Notes()
        Handler.notes = self.notes
        self._certificates()
        self.app = Server(App)
        self.twin = Server(Twin, self._tls(asks=True))
        self.pages = Server(Pages, self._tls(asks=False))
        self.gateway, self.port = self._gateway()

    def _run(self, *words: str | Path) -> None:
        subprocess.run([self.countersign, *words], check=True, capture_output=True)

    def _certificates(self) -> None:
        names = [
            "app.victim.test",
            "twin.victim.test",
            "blog.victim.test",
            "evil.test",
            "ui.partner.test",
        ]
        self._run("ca", "init", "--dir", self.where / "ca", "--name", "test CA")
        issue = ("--dir", self.where / "ca", "--out", self.where)
        self._run("ca", "issue", "server", *names, *issue)
        self._run("ca", "issue", "client", "alice", "--p12", *issue)
        self.ca = self.where / "ca/ca.pem"
        self.server = (self.where / "app.victim.test.pem", self.where / "app.victim.test.key")
        password = next(self.where.glob("alice.p12?*"))
        p12 = self.where / "alice.p12"
        self.store = browsers.Store(self.ca, p12, password.read_text().strip())

    def _tls(self, *, asks: bool) -> ssl.SSLContext:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*self.server)
        if asks:
            tls.load_verify_locations(self.ca)
            tls.verify_mode = ssl.CERT_OPTIONAL
        return tls

    def _gateway(self) -> tuple[subprocess.Popen[str], int]:
        partner = f"https://ui.partner.test:{self.pages.port}"
        config = self.where / "countersign.toml"
        config.write_text(f"""\
[listen]
https = ["127.0.0.1:0"]

[log]
format = "json"

[trust.staff]
ca = ["ca/ca.pem"]

[[site]]
hosts = ["app.victim.test"]
certificate = "{self.server[0].name}"
key = "{self.server[1].name}"
upstream = "http://127.0.0.1:{self.app.port}"
client = {{ trust = "staff" }}
identity_headers = ["nginx"]
trusted_origins = ["{partner}"]
cors = {{ origins = ["{partner}"], methods = ["POST"], headers = ["content-type"], credentials = true }}
""")
        command = [self.countersign, "run", "-c", str(config), "--format", "json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        threading.Thread(target=self._follow, args=(process,), daemon=True).start()
        return process, int(ready["https"][0].rpartition(":")[2])

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with (self.where / "gateway.log").open("w") as log:
            for line in process.stderr:
                log.write(line)
                event = json.loads(line)
                path = event.get("path", "")
                if event.get("target") == "countersign::decision" and path.startswith("/c/"):
                    verdict = (event["method"], event["verdict"], event["reason"])
                    self.notes.verdicts.setdefault(path.removeprefix("/c/"), []).append(verdict)

    def first_url(self) -> str:
        """Return where a browser begins; each page knows the next one."""
        app, twin = (
            f"https://app.victim.test:{self.port}",
            f"https://twin.victim.test:{self.twin.port}",
        )
        host = {"evil": "evil.test", "blog": "blog.victim.test", "partner": "ui.partner.test"}
        after = f"https://evil.test:{self.pages.port}/done"
        after = f"{app}/cookies?role=app&next={quote(after, safe='')}"
        after = f"{twin}/cookies?role=twin&next={quote(after, safe='')}"
        for role, (_, cases) in reversed(ROLES.items()):
            targets = {"gateway": app} if role == "app" else {"twin": twin, "gateway": app}
            base = app if role == "app" else f"https://{host[role]}:{self.pages.port}"
            listed = [(case.name, case.expected != "unsent") for case in cases]
            query = {
                "role": role,
                "targets": json.dumps(targets),
                "cases": json.dumps(listed),
                "next": after,
            }
            after = f"{base}/runner?" + "&".join(
                f"{name}={quote(value, safe='')}" for name, value in query.items()
            )
        for base in (twin, app):
            after = f"{base}/set?next={quote(after, safe='')}"
        return after

    def close(self) -> None:
        """Stop the gateway."""
        self.gateway.terminate()
        self.gateway.wait(timeout=20)


def facts(notes: Notes) -> list[dict[str, Any]]:
    """Return what came of each case, and whether it is what has to come of it."""
    rows = []
    for role, (_, cases) in ROLES.items():
        for case in cases:
            arrived = notes.twin.get(f"{case.name}.{role}.twin", [])
            verdicts = notes.verdicts.get(f"{case.name}.{role}.gateway", [])
            at_app = notes.app.get(f"{case.name}.{role}.gateway", [])
            # What the request itself came to, or else the preflight that kept it from being sent.
            main = [v for v in verdicts if v[0] != "OPTIONS"] or verdicts
            reached = bool(at_app)
            sent = [one for one in arrived if one.method != "OPTIONS"] or arrived
            problems = []
            if case.expected == "unsent" and (arrived or verdicts):
                problems.append("the browser sent it")
            if case.expected in {"refused", "safe"} and not sent and role != "partner":
                problems.append("the attack does not arrive without a gateway either: it proves nothing")
            if case.expected == "refused" and (reached or not main or any(v[1] != "refuse" for v in main)):
                problems.append("it was not refused")
            if case.expected == "honest" and not reached:
                problems.append("it did not reach the app")
            rows.append(
                {
                    "role": role,
                    "case": case.name,
                    "what": case.what,
                    "expected": case.expected,
                    "sent": page.sent(sent or at_app),
                    "verdict": page.verdict(main, verdicts),
                    "reached": reached,
                    "problems": problems,
                }
            )
    return rows + toss(notes)


def toss(notes: Notes) -> list[dict[str, Any]]:
    """Return what the app saw of the cookies that the sibling had set."""
    rows = []
    for target, expected in (("twin", "tossed"), ("app", "honest")):
        said = notes.verdicts.get(f"toss.{target}", [("", "{}", "")])[0][1]
        cookies = json.loads(said)
        tossed = [name for name in ("sessionid", "csrftoken") if cookies.get(name, "").startswith("tossed")]
        honest = [name for name in ("sessionid", "csrftoken") if cookies.get(name) == HONEST]
        right = bool(tossed) if expected == "tossed" else len(honest) == len(("sessionid", "csrftoken"))
        rows.append(
            {
                "role": "toss",
                "case": target,
                "what": "cookies set by the sibling for the whole domain",
                "expected": expected,
                "sent": "",
                "verdict": ", ".join(f"{name} is the sibling's" for name in tossed)
                or "both are the app's own",
                "reached": True,
                "problems": [] if right else [f"the app saw {cookies}"],
            }
        )
    return rows


def compare(browser: str, rows: list[dict[str, Any]], expected: dict[str, Any]) -> tuple[int, int]:
    """Print each case; return how many are as they have to be, of how many."""
    good = 0
    for row in rows:
        name = f"{row['case']} of {row['role']}"
        fact = [row["verdict"], row["reached"]]
        before = expected.get(browser, {}).get(name)
        problems = list(row["problems"])
        if before != fact and not os.environ.get("UPDATE"):
            problems.append(f"it was {before}, and is {fact}")
        said = "; ".join([row["verdict"], *problems])
        print(f"{'FAIL' if problems else 'ok  '} {browser} {name}: {said}")
        good += not problems
    return good, len(rows)


def main() -> int:
    """Run the browsers that were named, or both."""
    names = sys.argv[1:] or ["chromium", "firefox"]
    stored = HERE / "expected.json"
    expected = json.loads(stored.read_text()) if stored.exists() else {}
    all_rows: dict[str, list[dict[str, Any]]] = {}
    good = total = 0
    for browser in names:
        with tempfile.TemporaryDirectory(prefix="countersign-browsers-") as folder:
            stage = Stage(Path(folder))
            try:
                with browsers.running(browser, stage.first_url(), stage.where, stage.store):
                    finished = stage.notes.done.wait(PATIENCE)
            finally:
                stage.close()
            if not finished:
                print(f"{browser} did not finish within {PATIENCE} s")
                print((stage.where / f"{browser}.log").read_text(errors="replace")[-3000:])
                print((stage.where / "gateway.log").read_text()[-3000:])
            rows = all_rows[browser] = facts(stage.notes)
        (passed, cases) = compare(browser, rows, expected)
        good, total = good + passed * finished, total + cases
    print(f"browsers: {good} of {total} as expected")
    if os.environ.get("UPDATE"):
        for browser, rows in all_rows.items():
            expected[browser] = {
                f"{row['case']} of {row['role']}": [row["verdict"], row["reached"]] for row in rows
            }
        stored.write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
        if set(all_rows) == {"chromium", "firefox"}:
            versions = {browser: browsers.version(browser) for browser in all_rows}
            (ROOT / "docs/browsers.md").write_text(page.markdown(all_rows, versions))
    return 0 if good == total else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except browsers.MissingError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(3)
