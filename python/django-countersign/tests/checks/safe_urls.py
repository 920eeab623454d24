"""Endpoints that no check has a word against."""

from django.urls import path

from tests.inventory_app import views

urlpatterns = [path("", views.plain), path("read", views.exempt_read), path("again", views.protected_again)]
