"""Run Django's own CSRF tests, unmodified, with countersign's engine in the middleware's place.

    suite.py replace FOLDER ENGINE    every verdict comes from the program ENGINE
    suite.py record FOLDER FILE       Django decides; what it was asked and what it said goes to FILE

FOLDER is the "tests" folder of Django's source distribution, whose release has to be the installed one.
Django still writes the responses: it issues and rotates cookies, and shows the failure page.
"""

import json
import runpy
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError
from django.middleware import csrf

MODULES = ["csrf_tests", "decorators.test_csrf", "view_tests.tests.test_csrf", "flatpages_tests.test_csrf"]
NAMES = [
    "ALLOWED_HOSTS",
    "DEBUG",
    "USE_X_FORWARDED_HOST",
    "USE_X_FORWARDED_PORT",
    "CSRF_TRUSTED_ORIGINS",
    "CSRF_COOKIE_DOMAIN",
    "SESSION_COOKIE_DOMAIN",
    "CSRF_COOKIE_NAME",
    "CSRF_HEADER_NAME",
    "CSRF_USE_SESSIONS",
]


def known() -> dict[str, Any]:
    """Return the settings that a verdict depends on."""
    return {name: getattr(settings, name) for name in NAMES}


def form_token(request: HttpRequest) -> str | None:
    if request.method != "POST":
        return None
    try:
        return request.POST.get("csrfmiddlewaretoken", "")
    except UnreadablePostError:
        return ""


def described(request: HttpRequest, callback: Any) -> dict[str, Any]:
    """Return what a verdict on this request depends on."""
    marks = {
        "processing_done": getattr(request, "csrf_processing_done", False),
        "exempt": getattr(callback, "csrf_exempt", False),
        "dont_enforce": getattr(request, "_dont_enforce_csrf_checks", False),
    }
    asked = not any(marks.values()) and request.method not in {"GET", "HEAD", "OPTIONS", "TRACE"}
    sessions = settings.CSRF_USE_SESSIONS
    return {
        "method": request.method,
        # Some tests replace this method: what it says of a proxy's header is compared elsewhere.
        "https": request.is_secure(),
        "meta": {name: str(value) for name, value in request.META.items() if name.isupper()},
        "stored": None if sessions else request.COOKIES.get(settings.CSRF_COOKIE_NAME),
        "session": request.session.get(csrf.CSRF_SESSION_KEY) if sessions else None,
        "form": form_token(request) if asked else None,
        **marks,
    }


def plain_post(request: HttpRequest) -> dict[str, Any]:
    """Return the same for a POST that nothing exempts, without its form."""
    request = described(request, None) | {"method": "POST", "processing_done": False, "dont_enforce": False}
    return request | {"form": None}


class Engine:
    """The program that decides."""

    def __init__(self, program: str) -> None:
        self.asked = 0
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self, request: dict[str, Any], overrides: dict[str, Any] | None = None) -> str:
        self.asked += 1
        line = json.dumps({"settings": known() | (overrides or {}), "request": request}, default=str)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return str(json.loads(self.process.stdout.readline()))

    def token(self, token: str, secret: str) -> str:
        """Return the answer to a form with this token beside this cookie."""
        request = {"method": "POST", "https": False, "meta": {}, "stored": secret, "session": None, "form": token}
        return self.answer(request, {"CSRF_USE_SESSIONS": False})


def replace(engine: Engine) -> None:
    """Let the engine decide wherever Django's middleware would."""

    def process_view(self: Any, request: HttpRequest, callback: Any, *_: Any) -> Any:
        answer = engine.answer(described(request, callback))
        if answer == "skip":
            return None
        if answer == "accept":
            return self._accept(request)
        return self._reject(request, answer.removeprefix("reject: "))

    # Many of the tests ask these themselves.
    def origin_verified(_: Any, request: HttpRequest) -> bool:
        return not engine.answer(plain_post(request)).startswith("reject: Origin ")

    def check_referer(_: Any, request: HttpRequest) -> None:
        asked = plain_post(request) | {"https": True}
        asked["meta"].pop("HTTP_ORIGIN", None)
        answer = engine.answer(asked)
        if answer.startswith("reject: Referer "):
            raise csrf.RejectRequest(answer.removeprefix("reject: "))

    def check_token_format(token: str) -> None:
        answer = engine.token(token, "a" * 32) if token else "reject: CSRF token from POST has incorrect length."
        for flaw in (csrf.REASON_INCORRECT_LENGTH, csrf.REASON_INVALID_CHARACTERS):
            if answer.endswith(f"{flaw}."):
                raise csrf.InvalidTokenFormat(flaw)

    def does_token_match(token: str, secret: str) -> bool:
        answer = engine.token(token, secret)
        assert not answer.endswith(f"{csrf.REASON_INCORRECT_LENGTH}.")
        return answer == "accept"

    unmask = csrf._unmask_cipher_token

    def unmask_cipher_token(token: str) -> str:
        secret = unmask(token)
        assert engine.token(token, secret) == "accept"
        return secret

    csrf.CsrfViewMiddleware.process_view = process_view
    csrf.CsrfViewMiddleware._origin_verified = origin_verified
    csrf.CsrfViewMiddleware._check_referer = check_referer
    csrf._check_token_format = check_token_format
    csrf._does_token_match = does_token_match
    csrf._unmask_cipher_token = unmask_cipher_token


class Recorder:
    """What Django was asked, and what it said."""

    def __init__(self) -> None:
        self.test = ""
        self.seen: dict[str, dict[str, Any]] = {}

    def install(self) -> None:
        original, run, rejections = csrf.CsrfViewMiddleware.process_view, unittest.TestCase.run, []

        def process_view(middleware: Any, request: HttpRequest, callback: Any, *rest: Any) -> Any:
            asked = described(request, callback)
            before = asked["processing_done"]
            reject = type(middleware)._reject

            def noted(self: Any, request: HttpRequest, reason: str) -> Any:
                rejections.append(reason)
                return reject(self, request, reason)

            rejections.clear()
            type(middleware)._reject = noted
            try:
                response = original(middleware, request, callback, *rest)
            finally:
                type(middleware)._reject = reject
            done = getattr(request, "csrf_processing_done", False)
            said = f"reject: {rejections[0]}" if rejections else ("accept" if done and not before else "skip")
            self.note(asked, said)
            return response

        def test(case: unittest.TestCase, *arguments: Any) -> Any:
            self.test = case.id()
            return run(case, *arguments)

        csrf.CsrfViewMiddleware.process_view = process_view
        unittest.TestCase.run = test

    def note(self, asked: dict[str, Any], said: str) -> None:
        # Of the environment of the test client only what a verdict can depend on.
        used = {"HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT"}
        used |= {"SERVER_NAME", "SERVER_PORT", settings.CSRF_HEADER_NAME}
        asked["meta"] = {name: value for name, value in asked["meta"].items() if name in used}
        entry = {"settings": known(), "request": asked, "answer": said}
        key = json.dumps(entry, sort_keys=True, default=str)
        self.seen.setdefault(key, {"test": self.test, **json.loads(key)})


def main() -> None:
    """Run the tests; exit as Django's runner does."""
    mode, folder, other = sys.argv[1:4]
    recorder, engine = Recorder(), None
    if mode == "replace":
        engine = Engine(other)
        replace(engine)
    else:
        recorder.install()
    runner = Path(folder) / "runtests.py"
    # Releases before 5.0 lack one.
    modules = [name for name in MODULES if list(Path(folder).glob(name.replace(".", "/") + "*"))]
    sys.argv = [str(runner), "--settings=test_sqlite", "--parallel=1", "--verbosity=1", *modules]
    sys.path.insert(0, folder)
    try:
        runpy.run_path(str(runner), run_name="__main__")
    finally:
        if engine is not None:
            print(f"the engine was asked {engine.asked} times")
        else:
            entries = sorted(recorder.seen.values(), key=lambda entry: json.dumps(entry, sort_keys=True))
            lines = ",\n".join(json.dumps(entry, sort_keys=True) for entry in entries)
            Path(other).write_text(f"[\n{lines}\n]\n")
            print(f"{len(entries)} different requests were recorded")


if __name__ == "__main__":
    main()
