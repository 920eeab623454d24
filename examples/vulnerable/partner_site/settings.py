"""Settings as guides for "Django behind mutual TLS" show them. WRONG ON PURPOSE: see README.md."""

import os
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent

# What `startproject` writes, and what stays in many repositories. It protects nothing here.
SECRET_KEY = "django-insecure-the-twin-is-wrong-on-purpose-and-holds-no-secret"
DEBUG = False

# "nginx looks at the host name."
ALLOWED_HOSTS = ["*"]

# "nginx says whether it was TLS."
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# "The partner's portal has no TLS inside their network."
CSRF_TRUSTED_ORIGINS = ["http://partner.example.com"]

# "Between nginx and gunicorn it is http."
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False

INSTALLED_APPS = ["payments"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "partner_site.urls"
WSGI_APPLICATION = "partner_site.wsgi.application"
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        # The tests have one of their own.
        "NAME": os.environ.get("TWIN_DB") or BASE_DIR / "db.sqlite3",
        # Threads write at once: each takes its lock at BEGIN, where waiting works.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
