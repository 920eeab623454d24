"""The views of the test project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.urls import URLPattern

urlpatterns: list[URLPattern | Any] = []
