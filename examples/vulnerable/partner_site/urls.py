"""Every address of the vulnerable twin."""

from django.urls import path

from payments import views

urlpatterns = [
    path("", views.account),
    path("transfer", views.transfer),
    path("api/me", views.me),
    path("partner/transfer", views.partner_transfer),
]
