"""A small Django site that is sound, or has the one mistake that LAB_MISTAKE names.

`application` is for WSGI, `asgi` for ASGI, with a WebSocket at /ws/.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import django
from django.conf import settings

MISTAKE = os.environ.get("LAB_MISTAKE", "")
# "header": the proxy says who it is. "tls": whoever gets through TLS is "holder".
IDENTITY = os.environ.get("LAB_IDENTITY", "header")
HOST = "app.example.com"

# A CSRF check of one's own takes Django's place for these.
HOME_MADE = {
    "cross-site-multipart",
    "cross-site-text-plain",
    "cross-site-untyped",
    "random-token",
    "token-without-cookie",
    "tossed-pair",
    "duplicate-cookie",
    "null-origin",
    "empty-origin",
    "suffix-origin",
    "prefix-origin",
    "scheme-downgrade",
    "port-confusion",
    "userinfo-origin",
    "malformed-origin",
    "two-origins",
    "trusted-origin-insecure",
    "underscore-metadata",
    "method-case",
    "no-origin-no-referer",
    "referer-foreign",
    "referer-insecure",
    "referer-path",
    "referer-suffix",
    "referer-userinfo",
    "sibling-origin",
    "fetch-site-same-site",
    "fetch-site-none",
    "fetch-site-contradiction",
    "method-override-header",
    "method-override-query",
    "method-override-safe",
    "unlisted-method",
    "exempt-alias",
}

settings.configure(
    SECRET_KEY=secrets.token_hex(),
    DEBUG=os.environ.get("LAB_DEBUG") == "1",
    ALLOWED_HOSTS=["*"] if MISTAKE in {"foreign-host", "forwarded-host"} else [HOST],
    USE_X_FORWARDED_HOST=MISTAKE == "forwarded-host",
    SECURE_PROXY_SSL_HEADER=None if MISTAKE == "redirect-insecure" else ("HTTP_X_FORWARDED_PROTO", "https"),
    SECURE_SSL_REDIRECT=MISTAKE == "forwarded-proto",
    SECURE_HSTS_SECONDS=0 if MISTAKE == "hsts-missing" else 31_536_000,
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    SESSION_COOKIE_SECURE=MISTAKE != "cookie-insecure",
    SESSION_COOKIE_HTTPONLY=MISTAKE != "cookie-readable",
    SESSION_COOKIE_SAMESITE="None" if MISTAKE == "cookie-same-site-none" else "Lax",
    SESSION_COOKIE_DOMAIN=".example.com" if MISTAKE == "cookie-domain" else None,
    CSRF_COOKIE_SECURE=MISTAKE != "cookie-insecure",
    ROOT_URLCONF=__name__,
    DATABASES={},
    INSTALLED_APPS=[],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    MIDDLEWARE=[
        f"{__name__}.Limit",
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        # It looks at ALLOWED_HOSTS on every request.
        "django.middleware.common.CommonMiddleware",
        f"{__name__}.Cors",
        f"{__name__}.Trace",
        f"{__name__}.HomeMadeCsrf" if MISTAKE in HOME_MADE else "django.middleware.csrf.CsrfViewMiddleware",
        f"{__name__}.Holder",
    ],
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.crypto import constant_time_compare  # noqa: E402
from django.utils.http import url_has_allowed_host_and_scheme  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Next = Callable[[HttpRequest], HttpResponse]

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
NOTES: list[str] = []


class Limit:
    """Answers so many requests and no more, where that is the mistake: of the probe that believes it."""

    left = 60

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count."""
        if MISTAKE == "rate-limited":
            Limit.left -= 1
            if Limit.left < 0:
                return HttpResponse("Too many requests", status=429)
        return self.get_response(request)


class HomeMadeCsrf:
    """What people write in place of CsrfViewMiddleware, each with its mistake."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse what looks forged."""
        if self.looked_at(request) and not self.honest(request):
            return HttpResponse("This request looks forged.", status=403)
        response = self.get_response(request)
        if "csrftoken" not in request.COOKIES:
            response.set_cookie("csrftoken", token_of(request), secure=True, samesite="Lax")
        return response

    @staticmethod
    def looked_at(request: HttpRequest) -> bool:
        """Whether it is checked at all."""
        media_type = request.content_type or ""
        if MISTAKE == "exempt-alias":
            # The path as the client wrote it, "so that rewrites don't matter".
            return request.method not in SAFE and not request.META.get("HTTP_X_ORIGINAL_URI", "").startswith("/exempt/")
        if MISTAKE == "cross-site-multipart" and media_type == "multipart/form-data":
            return False  # "uploads come from the mobile app"
        if MISTAKE == "cross-site-text-plain" and media_type not in FORMS:
            return False  # "only forms can be forged"
        if MISTAKE == "cross-site-untyped" and not media_type:
            return False
        if MISTAKE == "method-case":
            return False  # the server's own middleware has looked, see asgi()
        if MISTAKE == "method-override-safe":
            return request.headers.get("X-HTTP-Method-Override", request.method or "") not in SAFE
        if MISTAKE == "unlisted-method":
            return request.method in {"POST", "PUT", "PATCH", "DELETE"}
        return request.method not in SAFE

    @staticmethod
    def honest(request: HttpRequest) -> bool:
        """Whether it comes from the site itself, more or less."""
        meta = request.META
        host = request.get_host()
        own = f"https://{host}"
        origin, referer = meta.get("HTTP_ORIGIN"), meta.get("HTTP_REFERER", "")
        site = meta.get("HTTP_SEC_FETCH_SITE")
        cookie = request.COOKIES.get("csrftoken", "")
        token = meta.get("HTTP_X_CSRFTOKEN") or request.POST.get("csrfmiddlewaretoken", "")
        parsed = urlsplit(origin or "")
        referred = urlsplit(referer)
        answers: dict[str, Callable[[], bool]] = {
            "random-token": lambda: bool(cookie) and len(token) in {32, 64},
            "token-without-cookie": lambda: bool(token) if not cookie else constant_time_compare(cookie, token),
            "tossed-pair": lambda: bool(cookie) and constant_time_compare(cookie, token),
            "duplicate-cookie": lambda: bool(cookie) and constant_time_compare(cookie, token),
            "null-origin": lambda: origin in {own, "null"},
            "empty-origin": lambda: origin in {own, ""},
            "suffix-origin": lambda: (origin or "").startswith(f"https://{HOST}"),
            "prefix-origin": lambda: (origin or "").endswith(host),
            "scheme-downgrade": lambda: origin not in {None, "null"} and parsed.netloc == host,
            "port-confusion": lambda: parsed.scheme == "https" and parsed.hostname == host.split(":")[0],
            "userinfo-origin": lambda: parsed.netloc.rpartition("@")[2] == host,
            "malformed-origin": lambda: (parsed.netloc or parsed.path) == host,
            "trusted-origin-insecure": lambda: origin == own or parsed.netloc == "partner.example.com",
            "underscore-metadata": lambda: origin == own or "same-origin" in (site or ""),
            "two-origins": lambda: own in (origin or "").split(","),
            "no-origin-no-referer": lambda: origin == own or (origin is None and not referer and site is None),
            "referer-foreign": lambda: origin == own or (origin is None and bool(referer) and site is None),
            "referer-insecure": lambda: origin == own or (origin is None and referred.netloc == host),
            "referer-path": lambda: origin == own or (origin is None and host in referer),
            "referer-suffix": lambda: origin == own or (origin is None and referer.startswith(f"https://{HOST}")),
            "referer-userinfo": lambda: (
                origin == own or (origin is None and bool(re.match(rf"https://{re.escape(host)}\b", referer)))
            ),
            "sibling-origin": lambda: (parsed.hostname or "").endswith(".example.com"),
            "fetch-site-same-site": lambda: site in {"same-origin", "same-site"} and origin in {None, own},
            "fetch-site-none": lambda: site in {"same-origin", "none"} and origin in {None, own},
            "fetch-site-contradiction": lambda: site == "same-origin" or origin == own,
        }
        check = answers.get(MISTAKE)
        return origin == own if check is None else check()


def token_of(request: HttpRequest) -> str:
    """Return the token of the form: Django's, or that of the home-made cookie."""
    if MISTAKE not in HOME_MADE:
        return get_token(request)
    made = request.COOKIES.get("csrftoken") or request.META.setdefault("lab.token", secrets.token_hex(16))
    return str(made)


class Holder:
    """Who the request is from: the certificate's holder, and a session that belongs to them."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.holder`, or refuse."""
        name = self.name(request)
        if name is None:
            return HttpResponse("<h1>Sign in</h1><p>This page needs a certificate.</p>", status=401)
        session = request.session
        known = session.get("holder")
        if known is not None and known != name:
            if MISTAKE == "session-swap":
                name = known
            else:
                session.flush()
        session["holder"] = name
        request.META["lab.holder"] = name
        return self.get_response(request)

    @staticmethod
    def name(request: HttpRequest) -> str | None:
        """Return the common name that the proxy vouches for."""
        if IDENTITY == "tls":
            return "holder"
        meta: dict[str, Any] = dict(request.META)
        if MISTAKE == "identity-header-alias":
            # "Some proxies spell it otherwise."
            meta |= {re.sub(r"[^A-Z0-9]+", "_", name): value for name, value in request.META.items()}
        subject = str(meta.get("HTTP_X_SSL_CLIENT_S_DN", ""))
        if meta.get("HTTP_X_SSL_CLIENT_VERIFY") != "SUCCESS" and MISTAKE not in {
            "self-signed-certificate",
            "unknown-ca-certificate",
            "no-certificate",
        }:
            return None
        found = re.findall(r"CN=([^,/]+)", subject)
        return found[-1] if found else "nobody in particular"


class Cors:
    """Cross-origin answers, none of them sound."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let others read, or send."""
        origin = request.headers.get("Origin")
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if preflight and MISTAKE == "preflight-permissive" and origin:
            return HttpResponse(
                headers={
                    "Access-Control-Allow-Origin": origin,
                    "Access-Control-Allow-Credentials": "true",
                    "Access-Control-Allow-Methods": "PUT",
                    "Access-Control-Allow-Headers": "content-type",
                }
            )
        response = self.get_response(request)
        allowed = MISTAKE == "cors-reflection" or (MISTAKE == "cors-null-origin" and origin == "null")
        if allowed and origin and request.method == "GET":
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Credentials"] = "true"
        return response


class Trace:
    """Answers TRACE as RFC 9110 has it, where that is the mistake."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send the request back."""
        if request.method != "TRACE":
            return self.get_response(request)
        if MISTAKE != "trace":
            return HttpResponse("TRACE is not allowed", status=405)
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        return HttpResponse(f"TRACE {request.get_full_path()}\r\n{fields}", content_type="message/http")


def home(request: HttpRequest) -> HttpResponse:
    """Show who is signed in, and a form."""
    link = request.build_absolute_uri("/notes/") if MISTAKE == "forwarded-host" else "/notes/"
    return HttpResponse(
        f"<!doctype html><title>Notes</title><p>Signed in as <strong>{request.META['lab.holder']}</strong>"
        f'<form method="post" action="{link}"><input type="hidden" name="csrfmiddlewaretoken"'
        f' value="{token_of(request)}"><input name="text"><button>Write</button></form>'
    )


def notes(request: HttpRequest) -> HttpResponse:
    """List the notes, or write one."""
    method = request.method
    if MISTAKE == "method-override-header":
        method = request.headers.get("X-HTTP-Method-Override", method)
    if MISTAKE == "method-override-query":
        method = request.GET.get("_method", method)
    if method == "GET" and not (MISTAKE == "get-changes-state" and "text" in request.GET):
        return HttpResponse("<ul>" + "".join(f"<li>{note}" for note in NOTES[-200:]) + "</ul>")
    if method not in {"GET", "POST"} and MISTAKE != "unlisted-method":
        return HttpResponse("not allowed", status=405)
    text = request.POST.get("text") or request.GET.get("text")
    if not text:
        try:
            text = json.loads(request.body)["text"]
        except (ValueError, KeyError, TypeError):
            # PROPFIND and its kin have no request.POST.
            found = re.search(rb"text=([a-z0-9]+)", request.body)
            text = found[1].decode() if found and MISTAKE == "unlisted-method" else None
    if not text:
        return HttpResponse("text is missing", status=400)
    NOTES.append(re.sub(r"[^A-Za-z0-9 ]", "", str(text))[:200])
    return HttpResponse("written", status=201)


@csrf_exempt
def exempt(request: HttpRequest) -> HttpResponse:
    """Take notes of programs: what a page cannot send."""
    program = request.content_type == "application/json" and "X-Api-Client" in request.headers
    if request.method == "POST" and not program and MISTAKE != "exempt-path":
        return HttpResponse("programs send JSON and X-Api-Client", status=415)
    return notes(request)


def login(request: HttpRequest) -> HttpResponse:
    """Sign an operator in, beside the certificate."""
    target = request.GET.get("next", "/")
    if MISTAKE != "open-redirect" and not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = "/"
    if request.method != "POST":
        return HttpResponse(
            '<form method="post"><input type="hidden" name="csrfmiddlewaretoken"'
            f' value="{token_of(request)}"><input name="user"><input name="password"></form>'
        )
    if request.POST.get("user") != "operator" or request.POST.get("password") != "only-for-tests":
        return HttpResponse("wrong", status=422)
    request.session["operator"] = True
    request.session.modified = True
    return HttpResponseRedirect(target)


def slash(request: HttpRequest) -> HttpResponse:
    """Lead to the notes, by the address that Django believes to have."""
    return HttpResponseRedirect(request.build_absolute_uri("/notes/"))


urlpatterns = [
    path("", home),
    path("notes", slash),
    path("notes/", csrf_exempt(notes) if MISTAKE == "cross-site-form" else notes),
    path("exempt/notes/", exempt),
    path("login/", csrf_exempt(login) if MISTAKE == "login-forgery" else login),
]

application = get_wsgi_application()
_django = get_asgi_application()


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Serve a WebSocket at /ws/, and Django everywhere else."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if MISTAKE == "method-case" and scope["type"] == "http" and scope["method"] == "POST":
        # A check in front of Django, which sees the method as it was written.
        fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if fields.get("origin") != f"https://{fields.get('host')}":
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b"This request looks forged."})
            return
    if scope["type"] != "websocket":
        await _django(scope, receive, send)  # type: ignore[arg-type]
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    own = f"https://{headers.get('host', '')}"
    await receive()
    if scope["path"] != "/ws/" or (
        headers.get("origin") != own and MISTAKE not in {"websocket-hijack", "websocket-hijack-http2"}
    ):
        await send({"type": "websocket.close", "code": 4403})
        return
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass
