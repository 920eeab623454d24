"""System checks: what in a project's settings undoes the two proofs.

`CHECKS` is the only list; `docs/checks.md` is written from it. They run with `manage.py check` (tag
`security`), those marked `deploy` with `manage.py check --deploy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.checks import CheckMessage, Tags
from django.core.checks import register as register_with_django

from django_countersign.checks import (
    cache,
    cookies,
    endpoints,
    hosts,
    keys,
    login,
    middleware,
    origins,
    proxy,
    remote_user,
    rest,
    setting,
    versions,
)
from django_countersign.checks.check import Check, Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.apps import AppConfig

__all__ = ["CHECKS", "Check", "Found", "register"]

CHECKS: tuple[Check, ...] = (
    Check("E001", middleware.countersign_is_missing),
    Check("E002", middleware.order_is_wrong),
    Check("E003", middleware.csrf_is_missing),
    Check("W004", middleware.session_binding_is_missing),
    Check("E005", setting.setting_has_errors),
    Check("E006", middleware.csrf_is_lifted),
    Check("E010", remote_user.header_is_client_sendable),
    Check("W011", remote_user.asgi_reads_a_header, deploy=True),
    Check("E020", rest.default_skips_csrf),
    Check("W021", rest.default_takes_passwords),
    Check("W022", endpoints.forgeable_endpoints, deploy=True),
    Check("W030", proxy.https_is_not_seen, deploy=True),
    Check("E031", proxy.https_is_read_elsewhere),
    Check("W032", proxy.forwarded_host_is_used),
    Check("W033", proxy.forwarded_port_is_used),
    Check("W040", cookies.cookie_is_not_secure, deploy=True),
    Check("W041", cookies.session_is_readable_by_scripts),
    Check("W042", cookies.cookie_goes_cross_site),
    Check("W043", cookies.cookie_is_shared_with_other_hosts),
    Check("E050", origins.origin_is_not_https, deploy=True),
    Check("W051", origins.origin_is_a_wildcard),
    Check("W060", cache.replay_cache_is_per_process, deploy=True),
    Check("E061", cache.replay_cache_forgets, deploy=True),
    Check("W062", cache.replay_cache_can_race, deploy=True),
    Check("E063", cache.replay_cache_is_unknown),
    Check("W070", versions.django_folds_headers, deploy=True),
    Check("W071", versions.gunicorn_folds_headers, deploy=True),
    Check("E080", keys.key_file_is_unusable, deploy=True),
    Check("E081", keys.key_file_is_readable_by_others, deploy=True),
    Check("E082", keys.key_file_holds_the_private_key, deploy=True),
    Check("E090", login.backend_is_missing),
    Check("W100", hosts.any_host_is_allowed, deploy=True),
    Check("W101", hosts.debug_is_on, deploy=True),
)


def register() -> None:
    """Register every check with Django."""
    register_with_django(_run_always, Tags.security)
    register_with_django(_run_on_deploy, Tags.security, deploy=True)


def _run_always(app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    return _run(app_configs, deploy=False)


def _run_on_deploy(app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    return _run(app_configs, deploy=True)


def _run(app_configs: Sequence[AppConfig] | None, *, deploy: bool) -> list[CheckMessage]:
    # They are about the project, so `check SOME_APP` has them only if it names this app.
    if app_configs is not None and not any(app.name == "django_countersign" for app in app_configs):
        return []
    return [message for check in CHECKS if check.deploy is deploy for message in check.messages()]
