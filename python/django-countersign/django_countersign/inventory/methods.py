"""Which methods an endpoint takes, as far as that can be told without calling it."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from django_countersign.inventory.endpoint import Methods, in_order
from django_countersign.inventory.layers import closure, is_as_view, layers, own
from django_countersign.inventory.source import view_class

if TYPE_CHECKING:
    from collections.abc import Iterable

_FRAMEWORKS = frozenset({"django", "rest_framework", "django_countersign"})


def methods_of(callback: object) -> Methods:
    """Return the methods, or None if nothing limits them."""
    limits = [_required(layer) for layer in layers(callback)]
    found = view_class(callback)
    if found is not None:
        limits += [_required(layer) for layer in layers(getattr(found, "dispatch", None))]
        limits.append(_implemented(callback, found))
    known = [limit for limit in limits if limit is not None]
    return in_order(set.intersection(*known)) if known else None


def actions_of(callback: object) -> dict[str, str]:
    """Return REST framework's map from method to action, empty for all but view sets."""
    for layer in layers(callback):
        actions = own(layer).get("actions")
        if isinstance(actions, dict):
            # A viewset adds "head" when it is first called: the same before and after.
            return {method: action for method, action in actions.items() if method != "head"}
    return {}


def handlers_of(callback: object) -> dict[str, object]:
    """Return the method of the class that answers each HTTP method; empty for functions."""
    found = view_class(callback)
    if found is None:
        return {}
    actions = actions_of(callback)
    names = actions or {name: name for name in _names(callback, found)}
    return {
        method.upper(): getattr(found, attribute)
        for method, attribute in names.items()
        if hasattr(found, attribute)
    }


def _implemented(callback: object, view: type) -> set[str] | None:
    if answers_alone(view):
        return None
    allowed = {name.upper() for name in _names(callback, view)}
    actions = actions_of(callback)
    answered = (
        {name.upper() for name in actions} if actions else {n for n in allowed if hasattr(view, n.lower())}
    )
    if "GET" in answered:
        answered.add("HEAD")
    if hasattr(view, "options"):
        answered.add("OPTIONS")
    return answered & allowed


def _names(callback: object, view: type) -> Iterable[str]:
    """Return `http_method_names`, which as_view() may override."""
    for layer in layers(callback):
        if is_as_view(layer):
            given = closure(layer).get("initkwargs") or {}
            if "http_method_names" in given:
                return [str(name).lower() for name in given["http_method_names"]]
    return [str(name).lower() for name in getattr(view, "http_method_names", ())]


def answers_alone(view: type) -> bool:
    """Tell a class that may answer a method which it has no handler for.

    Its own dispatch() can, unless it only hands on; so can its own http_method_not_allowed().
    """
    for name in ("dispatch", "http_method_not_allowed"):
        for base in view.__mro__:
            if name in vars(base):
                if base.__module__.partition(".")[0] in _FRAMEWORKS:
                    break
                if not _hands_on(vars(base)[name], name):
                    return True
    return False


def _hands_on(method: object, name: str) -> bool:
    """Tell a method that does nothing but call the one it overrides, decorated or not."""
    bottom = list(layers(method))[-1]
    code = getattr(bottom, "__code__", None)
    if not isinstance(code, types.CodeType):
        return False
    # method_decorator(…, name="dispatch") on the class: the bottom is the framework's.
    if str(getattr(bottom, "__module__", "")).partition(".")[0] in _FRAMEWORKS:
        return True
    return set(code.co_names) <= {"super", name}


def _required(layer: object) -> set[str] | None:
    """Return the methods that require_http_methods() below this layer lets through."""
    cells = closure(layer)
    inner = [closure(decorator) for decorator in cells.get("decorators") or ()]  # method_decorator
    limits = [one.get("request_method_list") for one in (cells, *inner)]
    known = [{str(method) for method in limit} for limit in limits if isinstance(limit, (list, tuple, set))]
    return set.intersection(*known) if known else None
