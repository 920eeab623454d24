"""A Django site with a login of its own, unaware of any gateway: sessions, CSRF, nothing else."""

import os

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["app.example.com"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    CSRF_TRUSTED_ORIGINS=["https://partner.example.com"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.urandom(32).hex(),
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
)


def login(request: HttpRequest) -> HttpResponse:
    """A form, and what takes it."""
    if request.method == "POST":
        request.session.cycle_key()
        request.session["name"] = request.POST["name"]
        return HttpResponse(f"hello {request.POST['name']}")
    return HttpResponse(
        f'<input name="csrfmiddlewaretoken" value="{get_token(request)}">'
    )


def logout(request: HttpRequest) -> HttpResponse:
    """Deletes the session and its cookie."""
    request.session.flush()
    return HttpResponse("bye")


def me(request: HttpRequest) -> HttpResponse:
    """Who is logged in, and a token for the page's forms."""
    get_token(request)
    return HttpResponse(request.session.get("name", "nobody"))


def pay(request: HttpRequest) -> HttpResponse:
    """What nobody may be made to do."""
    return HttpResponse(f"{request.method} by {request.session.get('name', 'nobody')}")


urlpatterns = [
    path("login", login),
    path("logout", logout),
    path("me", me),
    path("pay", pay),
]

django.setup()

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
