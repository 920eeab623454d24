"""Whether Django's CSRF check runs for a view, as CsrfViewMiddleware itself decides it.

`callback.csrf_exempt` is all that it looks at, on the very object that the URLconf holds: a partial of an
exempt view is *not* exempt, an exempt handler method means nothing. A `csrf_protect` below an exemption
checks all the same, unless what it wraps is exempt again.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, cast

from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt

from django_countersign.inventory import installed
from django_countersign.inventory.endpoint import Csrf, in_order
from django_countersign.inventory.evidence import evidence_of
from django_countersign.inventory.layers import closure, is_as_view, layers, own
from django_countersign.inventory.methods import handlers_of
from django_countersign.inventory.rest import is_api_view
from django_countersign.inventory.source import dotted, view_class

if TYPE_CHECKING:
    from collections.abc import Iterable

# Either attribute of a request makes CsrfViewMiddleware pass it.
_LIFTS = frozenset({"_dont_enforce_csrf_checks", "csrf_processing_done"})
# What a subclass may change without deciding otherwise than Django does.
_HARMLESS = frozenset({"process_response", "_set_csrf_cookie"})


def csrf_of(callback: object) -> Csrf:
    """Tell whether it is exempt, by what, and which methods are checked all the same."""
    protected = _protects(callback) or _protects(getattr(view_class(callback), "dispatch", None))
    exempt = bool(getattr(callback, "csrf_exempt", False))
    if not exempt and _in_admin(callback):
        return Csrf(False, "csrf_protect in AdminSite.admin_view", None)  # noqa: FBT003 - a field
    if protected:
        return Csrf(exempt, "csrf_protect on the view" + (", below an exemption" if exempt else ""), None)
    handlers = {method for method, handler in handlers_of(callback).items() if _protects(handler)}
    if exempt:
        return Csrf(True, _how(callback), in_order(handlers))  # noqa: FBT003 - a field
    missing = "no middleware asks for a token"
    return Csrf(False, _middleware() or missing, in_order(handlers))  # noqa: FBT003 - a field


def middleware_enforces() -> bool | None:
    """Tell whether CsrfViewMiddleware is there; None if a subclass may decide otherwise."""
    present = installed.middleware()
    at = installed.position(CsrfViewMiddleware, present)
    if at is None:
        return False
    return None if _changed(present[at][1]) else True


def lifted_by() -> list[str]:
    """Return the middleware that tells Django to leave the check out, for requests of its choice."""
    return [path for path, one in installed.middleware_of_any_kind() if _LIFTS & _mentions(one)]


def notes_on(callback: object) -> list[str]:
    """Tell of exemptions that do nothing: their authors believe otherwise."""
    if getattr(callback, "csrf_exempt", False):
        return []
    if any(getattr(layer, "csrf_exempt", False) for layer in layers(callback)):
        return ["csrf_exempt on the inner function has no effect: what wraps it does not pass it on"]
    marked = [m for m, handler in handlers_of(callback).items() if getattr(handler, "csrf_exempt", False)]
    return [
        f"csrf_exempt on {method.lower()}() has no effect: it counts on dispatch() only" for method in marked
    ]


def _in_admin(callback: object) -> bool:
    """Tell the admin's own views: admin_view() puts csrf_protect around them when they are called."""
    sites = sys.modules.get("django.contrib.admin.sites")
    site_class = getattr(sites, "AdminSite", None)
    if not isinstance(site_class, type):
        return False
    for layer in layers(callback):
        site = own(layer).get("admin_site") or getattr(own(layer).get("model_admin"), "admin_site", None)
        if isinstance(site, site_class):
            return getattr(type(site), "admin_view", None) is getattr(site_class, "admin_view", site)
    return False


def _middleware() -> str | None:
    present = installed.middleware()
    at = installed.position(CsrfViewMiddleware, present)
    return None if at is None else present[at][0].rpartition(".")[2]


@functools.cache
def _mentions(middleware: object) -> frozenset[str]:
    found = [middleware]
    if isinstance(middleware, type):
        own_classes = [base for base in middleware.__mro__ if not base.__module__.startswith("django.")]
        found = [member for base in own_classes for member in vars(base).values() if callable(member)]
    evidence = [evidence_of(one) for one in found]
    return frozenset().union(*(one.names | one.texts for one in evidence))


def _how(callback: object) -> str:
    found = view_class(callback)
    if is_api_view(found):
        return "REST framework exempts every API view"
    if found is not None:
        if getattr(getattr(found, "dispatch", None), "csrf_exempt", False):
            return f"csrf_exempt on dispatch of {_definer(found, 'dispatch')}"
        return "csrf_exempt around as_view()"
    bottom = list(layers(callback))[-1]
    if not any(own(layer).get("csrf_exempt") for layer in layers(callback)):
        return f"csrf_exempt = True on the class {type(bottom).__qualname__}"
    return (
        "csrf_exempt where the URLconf names it"
        if not _exempt_by_name(callback)
        else "csrf_exempt on the view"
    )


def _exempt_by_name(callback: object) -> bool:
    """Tell whether the view is exempt already where it is defined."""
    from django.utils.module_loading import import_string  # noqa: PLC0415 - only for this question

    try:
        named = import_string(dotted(callback))
    except ImportError:
        return True  # a local function or a method: it can only be marked where it is made
    return bool(getattr(named, "csrf_exempt", False))


def _definer(view: type, name: str) -> str:
    return next((c.__qualname__ for c in view.__mro__ if name in vars(c)), view.__qualname__)


def _protects(view: object) -> bool:
    """Tell whether some layer is a csrf_protect that checks."""
    for layer in layers(view):
        if is_as_view(layer):
            return False  # dispatch is asked for apart
        cells = closure(layer)
        exempt = bool(getattr(own(layer).get("__wrapped__"), "csrf_exempt", False))
        if _enforcing(cells.get("middleware")) and not exempt:
            return True
        for decorator in cast("Iterable[object]", cells.get("decorators") or ()):  # method_decorator
            made = closure(decorator).get("middleware_class")
            if (
                isinstance(made, type)
                and issubclass(made, CsrfViewMiddleware)
                and not _changed(made)
                and not exempt
            ):
                return True
            exempt = exempt or decorator is csrf_exempt
    return False


def _enforcing(middleware: object) -> bool:
    # ensure_csrf_cookie and requires_csrf_token are subclasses that never reject.
    return isinstance(middleware, CsrfViewMiddleware) and not _changed(type(middleware))


def _changed(middleware: type) -> bool:
    """Tell a subclass that replaces anything of Django's but the answer's cookie."""
    bases = middleware.__mro__[: middleware.__mro__.index(CsrfViewMiddleware)]
    replaced = {name for base in bases for name in vars(base) if hasattr(CsrfViewMiddleware, name)}
    calls = {"__call__", "__acall__"}
    return any(name in calls or not name.startswith("__") for name in replaced - _HARMLESS)
