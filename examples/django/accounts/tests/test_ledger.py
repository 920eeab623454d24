"""Money neither appears nor vanishes, except to payees outside the bank."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.test import TestCase

from accounts.ledger import InsufficientFundsError, account_of, recent_transfers, transfer
from accounts.models import Via, from_cents


class LedgerTests(TestCase):
    """Two customers and a payee elsewhere."""

    def setUp(self) -> None:
        self.alice = User.objects.create(username="alice")
        self.bob = User.objects.create(username="bob")
        account_of(self.bob)

    def balances(self) -> tuple[str, str]:
        return str(account_of(self.alice).balance), str(account_of(self.bob).balance)

    def test_a_customer_receives_what_another_sends(self) -> None:
        transfer(self.alice, "bob", Decimal("0.10"), Via.FORM)
        self.assertEqual(self.balances(), ("999.90", "1000.10"))

    def test_a_payee_elsewhere_is_paid(self) -> None:
        transfer(self.alice, "carol", Decimal("1E+2"), Via.FORM)
        self.assertEqual(self.balances(), ("900.00", "1000.00"))

    def test_the_whole_balance_can_go_and_not_a_cent_more(self) -> None:
        with self.assertRaises(InsufficientFundsError):
            transfer(self.alice, "bob", Decimal("1000.01"), Via.FORM)
        self.assertEqual(self.balances(), ("1000.00", "1000.00"))
        transfer(self.alice, "bob", Decimal("1000.00"), Via.FORM)
        self.assertEqual(self.balances(), ("0.00", "2000.00"))

    def test_both_sides_see_the_transfer_newest_first(self) -> None:
        first = transfer(self.alice, "bob", Decimal(1), Via.FORM)
        second = transfer(self.bob, "alice", Decimal(2), Via.API)
        elsewhere = transfer(self.bob, "carol", Decimal(3), Via.API)
        self.assertEqual(list(recent_transfers(self.alice)), [second, first])
        self.assertEqual(list(recent_transfers(self.bob)), [elsewhere, second, first])

    def test_cents_keep_two_decimals(self) -> None:
        for cents, shown in [(0, "0.00"), (5, "0.05"), (100000, "1000.00"), (123, "1.23")]:
            self.assertEqual(str(from_cents(cents)), shown)
