"""The one check of a transfer's input; form, JSON and machine requests all pass it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User

from accounts.ledger import InsufficientFundsError, transfer
from accounts.models import Transfer, Via


class TransferForm(forms.Form):
    """Whom to pay and how much."""

    payee = forms.CharField(max_length=150)
    amount = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def __init__(self, sender: User, data: Any = None) -> None:
        self.sender = sender
        super().__init__(data)

    def clean_payee(self) -> str:
        """Refuse a transfer to oneself."""
        payee: str = self.cleaned_data["payee"]
        if payee == self.sender.username:
            raise forms.ValidationError("This is your own account.")
        return payee

    def pay(self, via: Via) -> Transfer | None:
        """Make the transfer, or leave in `errors` why not."""
        if not self.is_valid():
            return None
        payee, amount = self.cleaned_data["payee"], self.cleaned_data["amount"]
        try:
            return transfer(self.sender, payee, amount, via)
        except InsufficientFundsError:
            self.add_error("amount", "Your balance is lower than this amount.")
            return None
