"""A small project for the package's own tests: `python -m django test --settings tests.settings`."""

from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "only-for-tests"
USE_TZ = True
ALLOWED_HOSTS = ["app.example.com", "testserver"]
ROOT_URLCONF = "tests.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "django_countersign",
]
MIDDLEWARE = [
    "django_countersign.middleware.CountersignMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django_countersign.middleware.SessionBindingMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_countersign.middleware.CertificateLoginMiddleware",
]
AUTHENTICATION_BACKENDS = ["django_countersign.backends.ClientCertificateBackend"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
COUNTERSIGN = {
    "KEYS": BASE_DIR / "keys.jwks",  # tests that verify override it with a key of their own
    "AUDIENCE": "app",
    "HEALTH_PATHS": ["/healthz"],
    "USER": {"IDENTITY": "email", "FIELD": "email"},
}
