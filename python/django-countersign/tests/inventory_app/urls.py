"""The patterns, in every way to write them."""

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from tests.inventory_app import views

site = admin.AdminSite(name="staff")
site.register(Group)

functions = [
    path("plain", views.plain, name="plain"),
    path("read", views.read),
    path("form/", views.form),
    path("aplain", views.aplain),
    path("ahook", views.ahook),
    path("exempt", views.exempt),
    path("by-header", views.by_header),
    path("by-user", views.by_user),
    path("webhook", views.webhook),
    path("documented", views.documented),
    path("exempt-read", views.exempt_read),
    path("exempt-here", csrf_exempt(views.plain)),
    path("protected-again", views.protected_again),
    path("protected-in-vain", views.protected_in_vain),
    path("only-a-cookie", views.only_a_cookie),
    path("only-a-token", views.only_a_token),
    path("aprotected-again", views.aprotected_again),
    path("lost", views.lost),
    path("partly", views.partly),
    path("partly-exempt", views.partly_exempt),
]
classes = [
    path("page", views.Page.as_view()),
    path("form", views.Form.as_view()),
    path("tight", views.Tight.as_view()),
    path("tighter", views.Tight.as_view(http_method_names=["get"])),
    path("exempt-on-dispatch", views.ExemptOnDispatch.as_view()),
    path("exempt-on-own-dispatch", views.ExemptOnOwnDispatch.as_view()),
    path("exempt-around", csrf_exempt(views.Tight.as_view())),
    path("inherits-exemption", views.InheritsExemption.as_view()),
    path("exempt-on-handler", views.ExemptOnHandler.as_view()),
    path("protected-handler", views.ProtectedHandler.as_view()),
    path("half-protected", views.HalfProtected.as_view()),
    path("protected-dispatch", views.ProtectedDispatch.as_view()),
    path("protected-dispatch-in-vain", views.ProtectedDispatchInVain.as_view()),
    path("post-only", views.PostOnly.as_view()),
    path("dispatches-alone", views.DispatchesAlone.as_view()),
    path("answers-in-dispatch", views.AnswersInDispatch.as_view()),
    path("answers-what-is-not-allowed", views.AnswersWhatIsNotAllowed.as_view()),
    path("reads-only", views.ReadsOnly.as_view()),
    path("async", views.AsyncPage.as_view()),
    path("callable", views.CallableView()),
    path("exempt-callable", views.ExemptCallableView()),
    path("redirect", RedirectView.as_view(url="/")),
]
patterns = [
    path("items/<int:pk>/", views.plain, name="item"),
    path("files/<path:name>", views.plain),
    path("item-<slug:name>/", views.plain),
    path("<slug:name>/hook", views.exempt, name="hook"),
    re_path(r"^regex/(?P<year>[0-9]{4})/$", views.plain),
    re_path(r"^literal\.html$", views.plain),
    re_path(r"^open-ended", views.plain),
    re_path(r"^optional/?$", views.plain),
    re_path(r"^tail(?:/|$)", views.plain),
    re_path(r"^either|or/$", views.plain),
    re_path(r"(?i)^anycase/$", views.plain),
    re_path(r"anywhere/", views.plain),
    re_path(r"^repeated/?x*/$", views.plain),
    path(gettext_lazy("translated/"), views.plain),
    re_path(r"^included/", include([path("deep/", include([path("leaf", views.plain)]))])),
]

urlpatterns = [
    path("", views.Page.as_view(), name="home"),
    path("functions/", include((functions, "functions"), namespace="f")),
    path("classes/", include(classes)),
    path("patterns/", include(patterns)),
    path("guarded/", include("tests.inventory_app.guarded")),
    path("staff/", site.urls),
    *i18n_patterns(path("local/", views.plain, name="local")),
    *i18n_patterns(path("maybe/", views.exempt, name="maybe"), prefix_default_language=False),
]
if find_spec("rest_framework"):
    urlpatterns.append(path("api/", include("tests.inventory_app.api")))
