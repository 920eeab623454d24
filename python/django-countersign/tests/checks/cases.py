"""For each check, settings that make it fire and settings that it must not mind."""

import json
import os
import tempfile
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from unittest import mock

import django
from django.conf import settings
from django.contrib.auth.middleware import PersistentRemoteUserMiddleware, RemoteUserMiddleware
from django.test import override_settings

MIDDLEWARE = settings.MIDDLEWARE
COUNTERSIGN, SESSION, BINDING, COMMON, CSRF, AUTH, LOGIN = MIDDLEWARE
REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:6379"}
SECRET = {"kty": "oct", "kid": "a", "alg": "HS256", "k": "A" * 43}
POINT = {
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
PUBLIC = {"kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256", **POINT}


class HeaderMiddleware(RemoteUserMiddleware):
    header = "HTTP_X_SSL_CLIENT_S_DN"


class PersistentHeaderMiddleware(PersistentRemoteUserMiddleware):
    header = "HTTP_X_REMOTE_USER"


class EnvironmentMiddleware(RemoteUserMiddleware):
    header = "SSL_CLIENT_S_DN"  # a variable of the server, not a header


class LiftsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/api/"):
            request._dont_enforce_csrf_checks = True
        return self.get_response(request)


def lifts_middleware(get_response):
    def middleware(request):
        setattr(request, "_dont_enforce_csrf_checks", True)  # noqa: B010 - as people write it
        return get_response(request)

    return middleware


def without(*paths):
    return {"MIDDLEWARE": [path for path in MIDDLEWARE if path not in paths]}


def ordered(*paths):
    return {"MIDDLEWARE": list(paths)}


def with_middleware(path):
    return {"MIDDLEWARE": [*MIDDLEWARE, path]}


def countersign(**changes):
    return {"COUNTERSIGN": {**settings.COUNTERSIGN, **changes}}


def cache(backend, alias="default"):
    path = f"django.core.cache.backends.{backend}"
    return {"CACHES": {"default": REDIS, alias: {"BACKEND": path, "LOCATION": "/tmp/none"}}}  # noqa: S108


def rest(*classes):
    return {"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": list(classes)}}


@contextmanager
def key_file(*keys, text=None, mode=0o600, algorithm="HS256"):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "keys.jwks"
        file.write_text(json.dumps({"keys": keys}) if text is None else text, "utf-8")
        os.chmod(file, mode)  # noqa: PTH101
        with override_settings(**countersign(KEYS=file, ALGORITHM=algorithm)):
            yield


@contextmanager
def django_version(*version):
    with mock.patch.object(django, "VERSION", (*version, "final", 0)):
        yield


@contextmanager
def under(version, middleware):
    with django_version(*version), override_settings(**with_middleware(middleware)):
        yield


@contextmanager
def gunicorn(version):
    real = metadata.version

    def asked(name):
        if name != "gunicorn":
            return real(name)
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    with mock.patch.object(metadata, "version", asked):
        yield


# Right in every respect: no check may fire.
GOOD = {
    "ROOT_URLCONF": "tests.checks.safe_urls",
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "CSRF_TRUSTED_ORIGINS": ["https://partner.example.com"],
    "CACHES": {"default": REDIS},
    **rest("django_countersign.rest_framework.ClientCertificateAuthentication"),
}

FIRES = {
    "E001": [without(COUNTERSIGN)],
    "E002": [
        ordered(SESSION, COUNTERSIGN, BINDING, COMMON, CSRF, AUTH, LOGIN),
        ordered(CSRF, COUNTERSIGN, SESSION, BINDING, COMMON, AUTH, LOGIN),
        ordered(COUNTERSIGN, BINDING, SESSION, COMMON, CSRF, AUTH, LOGIN),
        ordered(COUNTERSIGN, SESSION, AUTH, BINDING, COMMON, CSRF, LOGIN),
        ordered(COUNTERSIGN, SESSION, BINDING, COMMON, AUTH, LOGIN, CSRF),
        ordered(COUNTERSIGN, SESSION, BINDING, COMMON, CSRF, LOGIN, AUTH),
        ordered("tests.checks.cases.HeaderMiddleware", *MIDDLEWARE),
        ordered(BINDING, COUNTERSIGN),
        ordered(LOGIN, COUNTERSIGN),
        ordered(COUNTERSIGN, SESSION, CSRF, BINDING, AUTH),
    ],
    "E003": [without(CSRF)],
    "W004": [without(BINDING)],
    "E005": [{"COUNTERSIGN": None}, {"COUNTERSIGN": []}, {"COUNTERSIGN": {}}, countersign(AUDIENC="app")],
    "E006": [
        with_middleware("tests.checks.cases.LiftsMiddleware"),
        with_middleware("tests.checks.cases.lifts_middleware"),
    ],
    "E010": [
        with_middleware("tests.checks.cases.HeaderMiddleware"),
        with_middleware("tests.checks.cases.PersistentHeaderMiddleware"),
    ],
    "W011": [
        lambda: under((5, 2, 19), "django.contrib.auth.middleware.RemoteUserMiddleware"),
        lambda: under((6, 1, 0), "django.contrib.auth.middleware.PersistentRemoteUserMiddleware"),
        lambda: under((6, 0, 4), "tests.checks.cases.EnvironmentMiddleware"),
    ],
    "E020": [
        rest("rest_framework.authentication.RemoteUserAuthentication"),
        rest("tests.inventory_app.api.ExemptSession"),
        rest("tests.inventory_app.api.HeaderAuthentication"),
        rest("tests.inventory_app.api.CookieAuthentication"),
    ],
    "W021": [
        {"REST_FRAMEWORK": {}},  # its own default
        rest("rest_framework.authentication.BasicAuthentication"),
    ],
    "W022": [{"ROOT_URLCONF": "tests.inventory_app.guarded"}],
    "W030": [{"SECURE_PROXY_SSL_HEADER": None}],
    "E031": [
        {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_SCHEME", "https")},
        {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "HTTPS")},
    ],
    "W032": [{"USE_X_FORWARDED_HOST": True}],
    "W033": [{"USE_X_FORWARDED_PORT": True}],
    "W040": [{"SESSION_COOKIE_SECURE": False}, {"CSRF_COOKIE_SECURE": False}],
    "W041": [{"SESSION_COOKIE_HTTPONLY": False}],
    "W042": [{"SESSION_COOKIE_SAMESITE": "None"}, {"CSRF_COOKIE_SAMESITE": False}],
    "W043": [{"SESSION_COOKIE_DOMAIN": ".example.com"}, {"CSRF_COOKIE_DOMAIN": "app.example.com"}],
    "E050": [
        {"CSRF_TRUSTED_ORIGINS": ["http://partner.example.com"]},
        {"CSRF_TRUSTED_ORIGINS": ["HTTP://p.example.com"]},
    ],
    "W051": [{"CSRF_TRUSTED_ORIGINS": ["https://*.example.com"]}],
    "W060": [
        cache("locmem.LocMemCache"),
        {**cache("locmem.LocMemCache", "r"), **countersign(REPLAY_CACHE="r")},
    ],
    "E061": [cache("dummy.DummyCache")],
    "W062": [cache("filebased.FileBasedCache")],
    "E063": [countersign(REPLAY_CACHE="replay")],
    "W070": [
        lambda: django_version(4, 2, 29),
        lambda: django_version(5, 1, 15),
        lambda: django_version(5, 2, 12),
        lambda: django_version(6, 0, 3),
        lambda: django_version(3, 2, 25),
    ],
    "W071": [lambda: gunicorn("21.2.0"), lambda: gunicorn("20.1")],
    "E080": [
        countersign(KEYS="/nowhere/keys.jwks"),
        lambda: key_file(text=""),
        key_file,
        lambda: key_file(PUBLIC),
        lambda: key_file(SECRET, algorithm="ES256"),
        lambda: key_file({**SECRET, "k": "AAAA"}),
    ],
    "E081": [
        lambda: key_file(SECRET, mode=0o640),
        lambda: key_file(SECRET, mode=0o604),
        lambda: key_file(PUBLIC, mode=0o666, algorithm="ES256"),
    ],
    "E082": [lambda: key_file({**PUBLIC, "d": "A" * 43}, algorithm="ES256")],
    "E090": [
        {"AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"]},
        {**without(LOGIN), "AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"]},
    ],
    "W100": [{"ALLOWED_HOSTS": ["*"]}, {"ALLOWED_HOSTS": ["app.example.com", "*"]}],
    "W101": [{"DEBUG": True}],
}

# Beside GOOD, what each check must not mind.
QUIET = {
    "E001": [],
    "E002": [without(BINDING), without(LOGIN, AUTH), ordered(COMMON, *MIDDLEWARE[:3], *MIDDLEWARE[4:])],
    "E003": [ordered(COUNTERSIGN, "tests.inventory.project.LenientCsrf")],
    "W004": [without(SESSION, BINDING)],
    "E005": [countersign(LOGIN="request")],
    "E006": [ordered(COUNTERSIGN, "tests.inventory.project.LenientCsrf", LOGIN)],
    "E010": [
        with_middleware("tests.checks.cases.EnvironmentMiddleware"),
        with_middleware("django.contrib.auth.middleware.RemoteUserMiddleware"),
        with_middleware("tests.nowhere.Missing"),
    ],
    "W011": [
        lambda: under((4, 2, 30), "django.contrib.auth.middleware.RemoteUserMiddleware"),
        lambda: under((6, 1, 0), "tests.checks.cases.EnvironmentMiddleware"),
        with_middleware("tests.checks.cases.HeaderMiddleware"),  # E010
    ],
    "E020": [
        rest("rest_framework.authentication.SessionAuthentication"),
        rest("rest_framework.authentication.TokenAuthentication", "tests.inventory_app.api.Mystery"),
    ],
    "W021": [rest("rest_framework.authentication.SessionAuthentication")],
    "W022": [{"ROOT_URLCONF": "tests.checks.safe_urls"}],
    "W030": [{"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]}],
    "E031": [
        {"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]},
        {"SECURE_PROXY_SSL_HEADER": None},
    ],
    "W032": [],
    "W033": [],
    "W040": [{"CSRF_COOKIE_SECURE": False, "CSRF_USE_SESSIONS": True}],
    "W041": [{"CSRF_COOKIE_HTTPONLY": False}],
    "W042": [{"SESSION_COOKIE_SAMESITE": "Strict"}],
    "W043": [{"CSRF_COOKIE_DOMAIN": ".example.com", "CSRF_USE_SESSIONS": True}],
    "E050": [
        {"CSRF_TRUSTED_ORIGINS": ["https://p.example.com:8443"]},
        {"CSRF_TRUSTED_ORIGINS": ["nonsense"]},
    ],
    "W051": [{"CSRF_TRUSTED_ORIGINS": []}],
    "W060": [cache("db.DatabaseCache"), cache("locmem.LocMemCache", "other")],
    "E061": [cache("dummy.DummyCache", "other")],
    "W062": [cache("db.DatabaseCache")],
    "E063": [{"COUNTERSIGN": None}],
    "W070": [
        lambda: django_version(4, 2, 30),
        lambda: django_version(5, 2, 13),
        lambda: django_version(6, 0, 4),
        lambda: django_version(6, 1, 0),
        lambda: django_version(7, 0, 0),
    ],
    "W071": [lambda: gunicorn("22.0.0"), lambda: gunicorn("100.1"), lambda: gunicorn(None)],
    "E080": [lambda: key_file(SECRET), lambda: key_file(PUBLIC, algorithm="ES256"), {"COUNTERSIGN": None}],
    "E081": [
        lambda: key_file(SECRET, mode=0o400),
        lambda: key_file(PUBLIC, mode=0o644, algorithm="ES256"),
        countersign(KEYS="/nowhere/keys.jwks"),
        {"COUNTERSIGN": None},
    ],
    "E082": [
        lambda: key_file(PUBLIC, algorithm="ES256"),
        lambda: key_file(SECRET),
        lambda: key_file(text="{", algorithm="ES256"),
        {"COUNTERSIGN": None},
    ],
    "E090": [
        {
            **without(LOGIN),
            "AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"],
            "COUNTERSIGN": {"KEYS": "a", "AUDIENCE": "app"},
        }
    ],
    "W100": [{"ALLOWED_HOSTS": [".example.com"]}],
    "W101": [],
}
