"""Reads what Django REST framework asks of a request, if the project uses it.

REST framework exempts every API view from CsrfViewMiddleware and leaves the check to the authentication
class. Only SessionAuthentication makes it. So what counts is which class may answer first with a user,
and whether a browser attaches by itself what that class reads. Nothing here imports REST framework: a view
that uses it has.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django_countersign.inventory.authenticators import Authenticator, derives, dotted, judge
from django_countersign.inventory.layers import closure, is_as_view, layers

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_api_view(view: type | None) -> bool:
    """Tell whether it is one of REST framework's."""
    return view is not None and derives(view, "rest_framework.views", "APIView")


def authenticators_of(callback: object, view: type) -> list[Authenticator]:
    """Judge each authentication class, in the order in which they are asked."""
    if _overridden(view, "get_authenticators"):
        return [Authenticator("get_authenticators()", "unknown", "chooses its classes per request")]
    return [judge(one) for one in _configured(callback, view, "authentication_classes")]


def permissions_of(callback: object, view: type) -> list[object]:
    """Return the permission classes, or what stands in for them."""
    if _overridden(view, "get_permissions"):
        return ["get_permissions()"]
    return list(_configured(callback, view, "permission_classes"))


def permission_name(permission: object) -> str:
    """Name a permission class, or a combination of several."""
    operator = getattr(permission, "operator_class", None)
    if operator is not None:
        operands = [getattr(permission, f"op{n}_class", None) for n in (1, 2)]
        names = [permission_name(one) for one in operands if one is not None]
        return f"not {names[0]}" if len(names) == 1 else f"({f' {operator.__name__.lower()} '.join(names)})"
    return dotted(permission) if isinstance(permission, type) else str(permission)


def demands_user(permission: object) -> bool:
    """Tell whether it refuses an unsafe request of nobody; what is not known does not count."""
    operator = getattr(getattr(permission, "operator_class", None), "__name__", None)
    if operator in ("AND", "OR"):
        both = [demands_user(getattr(permission, f"op{n}_class")) for n in (1, 2)]
        return any(both) if operator == "AND" else all(both)
    module = "rest_framework.permissions"
    for name in ("IsAuthenticated", "IsAdminUser", "IsAuthenticatedOrReadOnly", "DjangoModelPermissions"):
        base = getattr(sys.modules.get(module), name, None)
        if isinstance(permission, type) and isinstance(base, type) and issubclass(permission, base):
            # An override may let anybody in.
            return getattr(permission, "has_permission", None) is base.has_permission  # type: ignore[attr-defined]
    return False


def _configured(callback: object, view: type, name: str) -> Sequence[Any]:
    """Return what as_view() or @action gave, else what the class has."""
    for layer in layers(callback):
        if is_as_view(layer):
            given = closure(layer).get("initkwargs") or {}
            if name in given:
                return list(given[name] or ())
    return list(getattr(view, name, None) or ())


def _overridden(view: type, name: str) -> bool:
    defining = next((base for base in view.__mro__ if name in vars(base)), None)
    return defining is not None and not defining.__module__.startswith("rest_framework.")
