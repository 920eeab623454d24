"""What the bank knows: each user's balance and every transfer. Money is whole cents."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import models

OPENING_CENTS = 1000_00


class Via(models.TextChoices):
    """How a transfer was asked for."""

    FORM = "form"
    API = "api"
    MACHINE = "machine"


class Account(models.Model):
    """A user's money; opened when it is first looked at."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="account")
    # Integers: SQLite would keep decimals as floating point.
    balance_cents = models.PositiveBigIntegerField(default=OPENING_CENTS)

    def __str__(self) -> str:
        return f"{self.user.username}: {self.balance}"

    @property
    def balance(self) -> Decimal:
        """The balance in whole units, with two decimals."""
        return from_cents(self.balance_cents)


class Transfer(models.Model):
    """Money that went from a user to a named payee, who need not be a customer."""

    sender = models.ForeignKey(User, on_delete=models.CASCADE, related_name="transfers")
    payee = models.CharField(max_length=150)
    amount_cents = models.PositiveBigIntegerField()
    via = models.CharField(max_length=7, choices=Via)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Newest first; the id breaks ties within one instant."""

        ordering = ("-created", "-id")

    def __str__(self) -> str:
        return f"{self.sender.username} to {self.payee}: {self.amount} via {self.via}"

    @property
    def amount(self) -> Decimal:
        """The amount in whole units, with two decimals."""
        return from_cents(self.amount_cents)


def from_cents(cents: int) -> Decimal:
    """Return the cents as units with exactly two decimals."""
    return Decimal(cents).scaleb(-2).quantize(Decimal("0.01"))
