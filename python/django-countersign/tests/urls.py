"""The views of the test project."""

from django.urls import path

from tests import views

urlpatterns = [
    path("healthz", views.health),
    path("who/", views.who),
    path("awho/", views.awho),
    path("who/<path:rest>", views.who),
    path("form/", views.form),
    path("remember/", views.remember),
    path("aremember/", views.aremember),
    path("user/", views.user),
    path("auser/", views.auser),
    path("guarded/example/", views.example_only),
    path("guarded/aexample/", views.aexample_only),
    path("guarded/any/", views.any_certificate),
    path("guarded/machine/", views.machine),
    path("guarded/intent/", views.intent),
    path("guarded/class/", views.ExampleOnly.as_view()),
    path("guarded/aclass/", views.AsyncExampleOnly.as_view()),
    path("api/", views.Api.as_view()),
]
