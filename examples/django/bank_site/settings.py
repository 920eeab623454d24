"""Settings of Example Bank. What matters behind a gateway is marked "gateway"."""

import os
from pathlib import Path
from typing import Any

from bank_site.secret_key import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE_PATH = Path(os.environ.get("BANK_DB") or BASE_DIR / "db.sqlite3")

SECRET_KEY = secret_key(beside=DATABASE_PATH)
DEBUG = os.environ.get("BANK_DEBUG") == "1"

# /echo, /stream and /upload show whatever the app received: for tests, never in production.
BANK_ECHO = os.environ.get("BANK_ECHO") == "1"

# gateway: it forwards the client's Host unchanged, and only for the names its site serves.
ALLOWED_HOSTS = [
    host.strip()
    for host in os.environ.get("BANK_HOSTS", "localhost,127.0.0.1,[::1],.localhost").split(",")
    if host.strip()
]

# gateway: TLS ends there. It drops the client's X-Forwarded-* and stamps its own, so this one
# can be believed. USE_X_FORWARDED_HOST stays off: Host is already right.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# The page's script reads this cookie to fill X-CSRFToken, as Django's documentation shows.
CSRF_COOKIE_HTTPONLY = False

# gateway: it redirects http to https and says for how long (HSTS).
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "accounts",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # After CSRF: a forged request must not even create a session.
    "accounts.middleware.CertificateLoginMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

AUTHENTICATION_BACKENDS = ["accounts.backends.CertificateBackend"]

ROOT_URLCONF = "bank_site.urls"
WSGI_APPLICATION = "bank_site.wsgi.application"
# No URL ends in a slash, so a redirect to one would only lead to another 404.
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    },
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE_PATH,
        "OPTIONS": {
            # Several workers write sessions and transfers: readers must not block writers (WAL),
            # and a writer takes its lock at BEGIN, where waiting works; a read lock that is
            # upgraded later fails at once.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# Django writes nothing to the console unless DEBUG is on; refusals and errors belong there.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # The access log has every 4xx already; CSRF refusals have a logger of their own.
    "loggers": {"django.request": {"level": "ERROR"}},
}
