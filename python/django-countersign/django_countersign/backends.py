"""The user that a client certificate names, if it names exactly one.

Everything that could be read in two ways names nobody, and the log says why: several names that belong to
different users, two users that differ in case only, a user of another spelling. A certificate authority
that issues for `Alice` must not thereby issue for `alice`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import IntegrityError, transaction

from django_countersign.conf import UserMapping, config
from django_countersign.group_sync import sync_groups
from django_countersign.mapping import CASE_FREE, user_values
from django_countersign.patterns import same_but_for_case

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from django_countersign.identity import ClientIdentity

_log = logging.getLogger("django_countersign")


class ClientCertificateBackend(ModelBackend):
    """In AUTHENTICATION_BACKENDS; `authenticate(request, client_identity=…)` asks it.

    It has Django's own permissions, from ModelBackend. Passwords are not its matter: without
    `client_identity` it is not asked.
    """

    def authenticate(  # type: ignore[override] # Django finds a backend by the names of its arguments
        self, request: HttpRequest | None, client_identity: ClientIdentity
    ) -> AbstractBaseUser | None:
        """Return the one active user that the identity names, created if the mapping says so.

        Raises PermissionDenied where the identity is ambiguous, so that no other backend guesses.
        """
        del request
        mapping = user_mapping()
        user = self._only_user(client_identity, mapping)
        if user is None and mapping.create:
            user = self._create(client_identity, mapping)
        if user is None:
            _log.warning("no user for certificate %r of %r", client_identity.subject, client_identity.issuer)
            return None
        if not self.user_can_authenticate(cast("Any", user)):
            _log.warning("the user of certificate %r is inactive", client_identity.subject)
            return None
        if mapping.groups is not None:
            sync_groups(user, client_identity, mapping.groups)
        return user

    def names(self, user: Any, client_identity: ClientIdentity) -> bool:
        """Return whether the identity names this user, without asking the database."""
        mapping = user_mapping()
        stored = str(getattr(user, mapping.field))
        return any(_same(stored, value, mapping) for value in user_values(client_identity, mapping))

    def find_users(self, mapping: UserMapping, value: str) -> list[AbstractBaseUser]:
        """Return the users whose field has the value, in any case; two are enough to know."""
        users = get_user_model()._default_manager
        return list(users.filter(**{f"{mapping.field}__iexact": value})[:2])

    def _only_user(self, identity: ClientIdentity, mapping: UserMapping) -> AbstractBaseUser | None:
        found: dict[Any, AbstractBaseUser] = {}
        for value in user_values(identity, mapping):
            users = self.find_users(mapping, value)
            if len(users) > 1:
                raise _ambiguous(identity, f"several users have {mapping.field} {value!r}, in some case")
            for user in users:
                # The database may fold more than we do, and case counts for some names.
                stored = str(getattr(user, mapping.field))
                if not _same(stored, value, mapping):
                    raise _ambiguous(identity, f"{value!r} is not quite the user's {stored!r}")
                found[user.pk] = user
        if len(found) > 1:
            raise _ambiguous(identity, f"its names belong to {len(found)} users")
        return next(iter(found.values()), None)

    def _create(self, identity: ClientIdentity, mapping: UserMapping) -> AbstractBaseUser | None:
        names = user_values(identity, mapping)
        if len(names) != 1:
            if names:
                raise _ambiguous(identity, f"a user cannot be created from {len(names)} names")
            return None
        model = get_user_model()
        fields = {model.USERNAME_FIELD: names[0], mapping.field: names[0]}
        for field in fields:
            longest = getattr(model._meta.get_field(field), "max_length", None)
            if longest is not None and len(names[0]) > longest:
                raise _ambiguous(identity, f"{names[0]!r} is longer than {field} holds ({longest})")
        users = model._default_manager
        if users.filter(**{f"{model.USERNAME_FIELD}__iexact": names[0]}).exists():
            # Another request may have created ours since we looked: a browser sends several at once.
            created = self._only_user(identity, mapping)
            if created is not None:
                return created
            raise _ambiguous(identity, f"another user has the {model.USERNAME_FIELD} {names[0]!r}")
        user = cast("AbstractBaseUser", model(**fields))
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            # Another request created it first; if that was not our user, this says so.
            return self._only_user(identity, mapping)
        _log.info("created the user %r of certificate %r", names[0], identity.subject)
        return user


def user_mapping() -> UserMapping:
    """Return the mapping, which the backend cannot do without."""
    mapping = config().user
    if mapping is None:
        raise ImproperlyConfigured(
            "COUNTERSIGN['USER'] is missing: say which part of a certificate finds which user field,"
            " for example {'IDENTITY': 'email', 'FIELD': 'email'}"
        )
    return mapping


def _same(stored: str, value: str, mapping: UserMapping) -> bool:
    return same_but_for_case(stored, value) if mapping.identity in CASE_FREE else stored == value


def _ambiguous(identity: ClientIdentity, why: str) -> PermissionDenied:
    _log.error("certificate %r of %r names nobody: %s", identity.subject, identity.issuer, why)
    return PermissionDenied("the client certificate does not name exactly one user")
