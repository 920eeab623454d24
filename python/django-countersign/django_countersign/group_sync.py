"""Brings a user's groups in line with the certificate at login.

Only groups that the mapping names are given or taken, unless `KEEP_OTHERS` is False. A group that does not
exist is not created: a group without permissions hides a misspelt name.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group

from django_countersign.mapping import groups

if TYPE_CHECKING:
    from django_countersign.conf import GroupMapping
    from django_countersign.identity import ClientIdentity

_log = logging.getLogger("django_countersign")


def sync_groups(user: Any, identity: ClientIdentity, mapping: GroupMapping) -> None:
    """Give and take groups. Writes only what differs."""
    wanted = groups(identity, mapping)
    has = set(user.groups.values_list("name", flat=True))
    managed = set(mapping.table.values()) if mapping.keep_others else has
    missing, surplus = wanted - has, (has & managed) - wanted
    if surplus:
        user.groups.remove(*Group.objects.filter(name__in=surplus))
    if missing:
        found = list(Group.objects.filter(name__in=missing))
        user.groups.add(*found)
        for name in sorted(missing - {group.name for group in found}):
            _log.error("COUNTERSIGN['USER']['GROUPS'] names the group %r, which does not exist", name)
