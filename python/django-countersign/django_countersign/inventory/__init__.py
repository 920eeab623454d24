"""The inventory: every endpoint of the real URLconf, and whether a page can forge a call to it.

It reads what Django itself resolves, after every include, router and decorator has run. Views are never
called, templates and databases never touched.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import get_resolver
from django.utils import translation

from django_countersign.inventory import rest, verdict
from django_countersign.inventory.audience import propose
from django_countersign.inventory.endpoint import Endpoint
from django_countersign.inventory.exemption import csrf_of, notes_on
from django_countersign.inventory.guards import guards_of
from django_countersign.inventory.layers import layers
from django_countersign.inventory.methods import actions_of, methods_of
from django_countersign.inventory.pattern import places, shown
from django_countersign.inventory.source import dotted, location, view_class
from django_countersign.inventory.walk import Found, walk

__all__ = ["Endpoint", "take"]


def take(urlconf: str | None = None) -> list[Endpoint]:
    """List every endpoint, sorted by pattern, then by the order in which Django tries them."""
    with translation.override(settings.LANGUAGE_CODE):
        found = [_endpoint(one) for one in walk(get_resolver(urlconf))]
    return sorted(found, key=lambda endpoint: endpoint.pattern)


def _endpoint(found: Found) -> Endpoint:
    callback = found.callback
    methods, csrf, guards = methods_of(callback), csrf_of(callback), guards_of(callback)
    view = view_class(callback)
    authenticators, permissions = None, None
    if view is not None and rest.is_api_view(view) and csrf.exempt and csrf.protected is not None:
        authenticators = rest.authenticators_of(callback, view)
        permissions = rest.permissions_of(callback, view)
        judged = verdict.of_api(methods, guards, authenticators, permissions)
    else:
        judged = verdict.of_view(callback, methods, csrf, guards)
    return Endpoint(
        pattern=shown(found.parts),
        name=found.name,
        view=dotted(callback),
        location=location(callback),
        is_async=any(_is_coroutine(layer) for layer in layers(callback)),
        methods=methods,
        csrf=csrf,
        authentication=None if authenticators is None else tuple(one.path for one in authenticators),
        permissions=None if permissions is None else tuple(rest.permission_name(one) for one in permissions),
        guards=guards,
        verdict=judged,
        audience=propose(methods, csrf, guards, authenticators, judged),
        places=places(found.parts),
        actions=tuple(sorted(actions_of(callback).items())),
        notes=tuple(notes_on(callback)),
    )


def _is_coroutine(layer: object) -> bool:
    from asgiref.sync import iscoroutinefunction  # noqa: PLC0415

    return bool(iscoroutinefunction(layer))
