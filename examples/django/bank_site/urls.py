"""Where each page of Example Bank lives."""

from django.urls import path, re_path

from accounts import diagnostics, views

urlpatterns = [
    path("", views.account, name="account"),
    path("transfer", views.transfer_form, name="transfer"),
    path("api/transfer", views.transfer_api, name="transfer-api"),
    path("machine/transfer", views.transfer_machine, name="transfer-machine"),
    path("whoami", diagnostics.whoami, name="whoami"),
    # Any path below /echo, so that what a proxy does to a path can be seen.
    re_path(r"^echo(?:/|$)", diagnostics.echo, name="echo"),
    path("stream", diagnostics.stream, name="stream"),
    path("upload", diagnostics.upload, name="upload"),
]
