"""Chromium and Firefox, headless, each with a profile of its own that holds the client certificate."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICIES = Path("/etc/chromium/policies/managed")


class MissingError(Exception):
    """A browser cannot be run here."""


def version(browser: str) -> str:
    """Return the version that a browser tells."""
    program = "chromium" if browser == "chromium" else "firefox-esr"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return next(word for word in said.split() if word[0].isdigit())


@dataclass(frozen=True)
class Store:
    """What a browser is given: whom to trust, and who it is."""

    ca: Path
    p12: Path
    password: str


def _certificates(database: Path, given: Store) -> None:
    database.mkdir(parents=True, exist_ok=True)
    store = f"sql:{database}"
    for words in (
        ["certutil", "-d", store, "-N", "--empty-password"],
        ["certutil", "-d", store, "-A", "-t", "C,,", "-n", "test CA", "-i", str(given.ca)],
        ["pk12util", "-d", store, "-i", str(given.p12), "-W", given.password, "-K", ""],
    ):
        subprocess.run(words, capture_output=True, check=True)


@contextlib.contextmanager
def _policy() -> Iterator[None]:
    """Let Chromium choose the certificate without a person: only a policy does that."""
    file = POLICIES / f"countersign-tests-{os.getpid()}.json"
    pattern = json.dumps({"pattern": "https://[*.]victim.test", "filter": {}})
    made = [folder for folder in (POLICIES, *POLICIES.parents) if not folder.exists()]
    try:
        POLICIES.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"AutoSelectCertificateForUrls": [pattern]}))
    except OSError as error:
        raise MissingError(
            f"Chromium needs a policy in {POLICIES} to choose a certificate: {error}"
        ) from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def running(browser: str, url: str, where: Path, store: Store) -> Iterator[None]:
    """Run a browser that opens this URL, until the block ends."""
    profile = where / browser
    environment = os.environ | {"HOME": str(profile)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        environment.pop(name, None)
    with contextlib.ExitStack() as stack:
        if browser == "chromium":
            _certificates(profile / ".pki/nssdb", store)
            stack.enter_context(_policy())
            command = [
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-popup-blocking",
                "--disable-background-networking",
                "--disable-component-update",
                f"--user-data-dir={profile / 'data'}",
                "--host-resolver-rules=MAP *.test 127.0.0.1",
                url,
            ]
        else:
            _certificates(profile / "data", store)
            prefs = {
                "network.dns.forceResolve": "127.0.0.1",
                "security.default_personal_cert": "Select Automatically",
                "dom.disable_open_during_load": False,
                "browser.shell.checkDefaultBrowser": False,
                "datareporting.policy.dataSubmissionEnabled": False,
                "toolkit.telemetry.reportingpolicy.firstRun": False,
                "browser.safebrowsing.malware.enabled": False,
                "browser.safebrowsing.phishing.enabled": False,
                "network.captive-portal-service.enabled": False,
                "network.connectivity-service.enabled": False,
                "app.update.enabled": False,
                "browser.startup.homepage_override.mstone": "ignore",
            }
            lines = [
                f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in prefs.items()
            ]
            (profile / "data/user.js").write_text("".join(lines))
            command = [
                "firefox-esr",
                "--headless",
                "--no-remote",
                "--profile",
                str(profile / "data"),
                url,
            ]
        if shutil.which(command[0]) is None:
            raise MissingError(f"{command[0]} is not installed")
        log = stack.enter_context((where / f"{browser}.log").open("wb"))
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            # Its own group, which holds its helpers and nothing else.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
