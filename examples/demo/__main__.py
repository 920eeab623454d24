"""What ./demo shows. It prepares the environment; this starts the servers and tells the story."""

import fcntl
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

import certificates
import scenes
import terminal
from servers import Server, ServerError, free_or_any, start_django, start_gateway
from stage import Stage

_USUAL_PORT = 8443
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Return the exit code: 0 if every verdict was as expected."""
    once = sys.argv[1:] == ["--once"]
    countersign = os.environ["COUNTERSIGN"]
    os.umask(0o077)
    for number in _SIGNALS:
        signal.signal(number, _leave)
    with ExitStack() as cleanup:
        files = _own_folder(cleanup)
        certificates.prepare(countersign, files)
        django, django_url = start_django(files)
        cleanup.callback(django.stop)
        port = 0 if once else free_or_any(_USUAL_PORT)
        gateway, gateway_url = start_gateway(countersign, files, django_url, port)
        cleanup.callback(gateway.stop)

        (files / "alice.cookies").unlink(missing_ok=True)
        place = scenes.Place(gateway_url, django_url, files, django.output)
        stage = Stage(files / "bank.db", django.output)
        _tell(stage, place, once=once)
        if stage.failed:
            for server in (gateway, django):
                print(f"\n{server.name}{server.tail()}", flush=True)
        right = stage.played - stage.failed
        terminal.say()
        terminal.say(f"demo: {right} of {stage.played} verdicts as expected")
        if not once:
            _stay(place, gateway, django)
    return 1 if stage.failed else 0


def _tell(stage: Stage, place: scenes.Place, *, once: bool) -> None:
    terminal.heading("countersign: a certificate says who sent a request, not that they meant to")
    terminal.say()
    terminal.say(
        "Example Bank is a Django app that knows its customers by their client certificates. "
        f"countersign stands in front of it at {place.gateway}. Each request below is sent for "
        f"real. Its curl command repeats it, from {Path.cwd()}"
        + (", as long as ./demo runs without --once." if once else ".")
    )
    terminal.heading("1. The bank's own form, and the same form on another site")
    opened = stage.play(scenes.page(place))
    for scene in scenes.form_posts(place, scenes.form_token(opened)):
        stage.play(scene)
    stage.part("2. An endpoint without a token: csrf_exempt", scenes.exempt_posts(place))
    stage.part("3. Past the gateway, straight to Django", scenes.past_the_gateway(place))
    stage.part("4. A client that says who it is", scenes.spoofs(place))
    stage.part("5. Certificates that do not count", scenes.certificates(place))
    stage.part("6. A WebSocket from another site", scenes.websocket(place))


def _stay(place: scenes.Place, gateway: Server, django: Server) -> None:
    """Tell what there is to try, until Ctrl-C or until a server ends by itself."""
    files = place.files
    client = f"--cert {files}/alice.pem --key {files}/alice.key"
    password = (files / "alice.p12.password").read_text(encoding="utf-8").strip()
    terminal.heading("It stays up until Ctrl-C")
    terminal.table(
        [
            ("site", f"{place.gateway}/"),
            ("browser", f"import {files}/alice.p12 (its password is {password})"),
            ("", f"and trust {files}/ca/ca.pem for web sites"),
            ("curl", f"curl --cacert {files}/ca/ca.pem {client} {place.gateway}/"),
            ("Django itself", f"{place.django}/ (it refuses what the gateway did not sign)"),
            ("configuration", f"{files}/countersign.toml"),
            ("decisions", f"tail -f {gateway.log}"),
            ("Django's log", f"{django.log}, and each request in {django.output}"),
        ]
    )
    while True:
        for server in (gateway, django):
            server.check()
        time.sleep(0.5)


def _own_folder(cleanup: ExitStack) -> Path:
    """Return target/demo, or target/demo-2 and so on while others are using it."""
    number = 1
    while True:
        files = Path("target", "demo" if number == 1 else f"demo-{number}")
        files.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = cleanup.enter_context((files / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            number += 1
        else:
            return files


class _StoppedError(Exception):
    """Somebody ended the demonstration."""


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    # Once: what follows is the way out, which must not be cut short.
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise _StoppedError(number)


def run() -> int:
    """Return the exit code, whatever ends the demonstration."""
    try:
        return main()
    except _StoppedError as left:
        print("\nstopped; nothing is left running", flush=True)
        number = int(left.args[0])
        return 0 if number == signal.SIGINT else 128 + number
    except BrokenPipeError:
        # Nobody reads on (`| head`); Python would complain once more when it closes its output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except (ServerError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(run())
