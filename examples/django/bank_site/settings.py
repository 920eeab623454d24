"""Settings of Example Bank. What matters behind a gateway is marked "gateway"."""

import os
from pathlib import Path
from typing import Any

from bank_site.key_file import key_file
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

# gateway: it signs a statement of who sent each request, and the app believes nothing else.
COUNTERSIGN: dict[str, Any] = {
    "KEYS": key_file(),
    # The gateway writes the site's first host unless `assertion.audience` says otherwise.
    "AUDIENCE": os.environ.get("BANK_ASSERTION_AUDIENCE") or "localhost",
    "ALGORITHM": os.environ.get("BANK_ASSERTION_ALGORITHM") or "HS256",
    # The trusted CAs must give each common name to one person.
    "USER": {"IDENTITY": "subject:CN", "FIELD": "username", "CREATE": True},
}

# gateway: it redirects http to https and says for how long (HSTS).
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django_countersign",
    "accounts",
]

MIDDLEWARE = [
    # First: nothing else sees a request that the gateway did not send.
    "django_countersign.middleware.CountersignMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django_countersign.middleware.SessionBindingMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_countersign.middleware.CertificateLoginMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

AUTHENTICATION_BACKENDS = ["django_countersign.backends.ClientCertificateBackend"]

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

# Remembers which assertions were used, for all workers alike: a memory of each worker's own would
# let a recorded request through once per worker. `accounts` migration 0002 makes the table.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Full, it would forget what is still worth something; entries are needed for 36 seconds.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
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
    "loggers": {
        "django.request": {"level": "ERROR"},
        # daphne says only here where it listens; other servers don't ask Django.
        "daphne.server": {"level": "INFO"},
    },
}
