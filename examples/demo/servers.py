"""Django and the gateway as processes: started, found, watched and ended by their ids alone."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ARRIVAL = "arrived"  # begins each line of Django's standard output, one per request
# A log that keeps more of a request than it should: the demonstration steals from it.
_ARRIVAL_FORMAT = f'{ARRIVAL} %(t)s %(s)s "%(r)s" %({{countersign-assertion}}i)s'
_START_SECONDS = 60
_STOP_SECONDS = 15

_CONFIGURATION = """\
# Written by ./demo, anew at each start: copy it before you change it.
[listen]
https = ["127.0.0.1:{port}"]

[log]
format = "text"
access = true

[state]
dir = "state"

[trust.customers]
ca = ["ca/ca.pem"]

[[site]]
hosts = ["localhost"]
certificate = "localhost.pem"
key = "localhost.key"
upstream = "{upstream}"
client = {{ trust = "customers", mode = "soft" }}   # soft: a bad certificate is told what is wrong
# Django hears who the client is in a signed assertion; state/assertion/localhost.jwks has the key.

[[site.route]]                 # pages for people: a request that changes something
path = "/"                     # must come from a page of this very site

[[site.route]]                 # the csrf_exempt endpoint:
path = "/machine/"             # only what no web page can send
audience = "machine"
"""


class ServerError(Exception):
    """A server does not run; the message ends with the tail of its log."""


class Server:
    """A child process in a process group of its own, with standard output and log in files."""

    def __init__(self, name: str, words: list[str], log: Path, cwd: str = ".", **env: str) -> None:
        """Start it. Ctrl-C in the terminal goes to the demonstration alone, which stops it."""
        self.name, self.log, self.output = name, log, log.with_suffix(".out")
        # A demonstration that is killed outright takes its servers along.
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        with log.open("wb") as errors, self.output.open("wb") as output:
            self.process = subprocess.Popen(
                guard + words,
                cwd=cwd,
                env=os.environ | env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    def wait_for(self, pattern: str, file: Path) -> str:
        """Return the pattern's group once the server has written it to the file."""
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if found := re.search(pattern, file.read_text(encoding="utf-8", errors="replace")):
                return found[1]
            self.check()
            time.sleep(0.05)
        raise ServerError(f"{self.name} was not ready after {_START_SECONDS} s{self.tail()}")

    def check(self) -> None:
        """Raise ServerError if it has ended."""
        if (code := self.process.poll()) is not None:
            raise ServerError(f"{self.name} ended with {code}{self.tail()}")

    def tail(self) -> str:
        """Return the end of the log, to follow a message."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        return "\n".join([f"; the end of {self.log}:", *(f"  {line}" for line in lines)])

    def stop(self) -> None:
        """End it, its workers included, and see that all are gone."""
        if self.process.poll() is None:
            self.process.terminate()
        if not self._gone_within(_STOP_SECONDS):
            os.killpg(self.process.pid, signal.SIGKILL)
            if not self._gone_within(1):
                raise ServerError(f"{self.name}, process group {self.process.pid}, does not end")

    def _gone_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.process.poll()
            try:
                # It leads its process group, which lives as long as any worker does.
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.02)
        return False


def start_django(where: Path) -> tuple[Server, str]:
    """Start Example Bank under gunicorn on a free loopback port, with a new database."""
    for old in where.glob("bank.db*"):
        old.unlink()
    environment = {"BANK_DB": str((where / "bank.db").resolve()), "PYTHONDONTWRITEBYTECODE": "1"}
    # Whatever the caller has set for an app of his own.
    environment |= {"BANK_HOSTS": "localhost,127.0.0.1", "BANK_SECRET_KEY": os.urandom(32).hex()}
    # The gateway, which needs Django's address, makes it at its first start.
    environment |= {
        "BANK_ASSERTION_KEYS": str((where / "state/assertion/localhost.jwks").resolve())
    }
    environment |= {"BANK_ASSERTION_AUDIENCE": "localhost", "BANK_ASSERTION_ALGORITHM": "HS256"}
    migrated = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd="examples/django",
        env=os.environ | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if migrated.returncode != 0:
        raise ServerError(f"Django's migrate failed: {migrated.stderr.strip()}")
    words = [sys.executable, "-m", "gunicorn", "bank_site.wsgi", "--bind", "127.0.0.1:0"]
    words += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    words += ["--access-logfile", "-", "--access-logformat", _ARRIVAL_FORMAT]
    django = Server("Django", words, where / "django.log", cwd="examples/django", **environment)
    try:
        address = django.wait_for(r"Listening at: http://(\S+)", django.log)
        # Its workers may still fail to load the app: the first answer is what counts.
        _ask(address)
        django.wait_for(f"({ARRIVAL})", django.output)
    except BaseException:
        django.stop()
        raise
    return django, f"http://{address}"


def _ask(address: str) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(address, timeout=_START_SECONDS)
        connection.request("GET", "/whoami")
        connection.getresponse().read()


def start_gateway(countersign: str, where: Path, upstream: str, port: int) -> tuple[Server, str]:
    """Start the gateway in front of Django; port 0 is any free one."""
    config = where / "countersign.toml"
    config.write_text(_CONFIGURATION.format(port=port, upstream=upstream), encoding="utf-8")
    words = [countersign, "run", "-c", str(config), "--format", "json"]
    gateway = Server("countersign", words, where / "gateway.log", COUNTERSIGN_LOG="info")
    try:
        ready = json.loads(gateway.wait_for(r"(\{.*\})\n", gateway.output))
    except BaseException:
        gateway.stop()
        raise
    return gateway, f"https://localhost:{ready['https'][0].rpartition(':')[2]}"


def free_or_any(port: int) -> int:
    """Return the port if nothing listens on it, else 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
