"""Moves money: one transaction, checked by the database."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import Account, Transfer, Via


class InsufficientFundsError(Exception):
    """The sender has less than the amount."""


def account_of(user: User) -> Account:
    """Return the user's account, opened with the starting balance on first sight."""
    account, _ = Account.objects.get_or_create(user=user)
    return account


def recent_transfers(user: User, limit: int = 20) -> QuerySet[Transfer]:
    """Return the newest transfers that the user sent or received."""
    own = Q(sender=user) | Q(payee=user.username)
    return Transfer.objects.filter(own).select_related("sender")[:limit]


@transaction.atomic
def transfer(sender: User, payee: str, amount: Decimal, via: Via) -> Transfer:
    """Move the amount; a payee with an account here receives it, any other gets it elsewhere."""
    account_of(sender)
    cents = int(amount.scaleb(2))
    # Test and change in one statement: two transfers at once cannot overdraw.
    paid = Account.objects.filter(user=sender, balance_cents__gte=cents).update(
        balance_cents=F("balance_cents") - cents
    )
    if not paid:
        raise InsufficientFundsError
    Account.objects.filter(user__username=payee).update(balance_cents=F("balance_cents") + cents)
    return Transfer.objects.create(sender=sender, payee=payee, amount_cents=cents, via=via)
