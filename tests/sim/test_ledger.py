"""The ledger: nothing is made, nothing is lost, and nothing is spent that is not there."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hbtui.sim.exact import minus, sum_of
from hbtui.sim.ledger import Ledger, NotEnough

CURRENCIES = ("usdt", "btc")
OPENING = {"usdt": Decimal("1000.5"), "btc": Decimal("0.123456789012345678")}
money = st.decimals(min_value=Decimal("1e-18"), max_value=Decimal(500), places=18, allow_nan=False)
currencies = st.sampled_from(CURRENCIES)


def ledger() -> Ledger:
    """A ledger with two currencies."""
    return Ledger(CURRENCIES, OPENING)


class LedgerLife(RuleBasedStateMachine):
    """Any sequence of reservations, payments, releases and receipts."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = ledger()
        self.sequences = dict.fromkeys(CURRENCIES, 0)

    @rule(currency=currencies, amount=money)
    def freeze(self, currency: str, amount: Decimal) -> None:
        """Set aside, or be refused without a change."""
        before = self.ledger.balance(currency).available
        if amount <= before:
            self.ledger.freeze(currency, amount)
            assert self.ledger.balance(currency).available == minus(before, amount)
        else:
            with pytest.raises(NotEnough) as refusal:
                self.ledger.freeze(currency, amount)
            assert refusal.value.left == before == self.ledger.balance(currency).available

    @rule(currency=currencies, amount=money)
    def release(self, currency: str, amount: Decimal) -> None:
        """Give back at most what is set aside."""
        before = self.ledger.balance(currency).frozen
        if amount <= before:
            self.ledger.release(currency, amount)
        else:
            with pytest.raises(ArithmeticError):
                self.ledger.release(currency, amount)
        assert self.ledger.balance(currency).frozen == minus(before, amount if amount <= before else Decimal(0))

    @rule(currency=currencies, amount=money)
    def pay(self, currency: str, amount: Decimal) -> None:
        """Pay at most what is set aside."""
        before = self.ledger.balance(currency).frozen
        if amount <= before:
            self.ledger.pay(currency, amount)
        else:
            with pytest.raises(ArithmeticError):
                self.ledger.pay(currency, amount)

    @rule(currency=currencies, amount=money, share=st.integers(0, 100))
    def receive(self, currency: str, amount: Decimal, share: int) -> None:
        """Receive, less a fee."""
        before = self.ledger.balance(currency).available
        fee = amount * share / 10_000
        self.ledger.receive(currency, amount, fee)
        assert sum_of((self.ledger.balance(currency).available, fee)) == sum_of((before, amount))

    @invariant()
    def conserved(self) -> None:
        """User, house and fees are together what they were."""
        for currency in CURRENCIES:
            assert self.ledger.whole(currency) == OPENING[currency]

    @invariant()
    def never_negative(self) -> None:
        """Neither what is free nor what is set aside falls below nothing."""
        for currency in CURRENCIES:
            balance = self.ledger.balance(currency)
            assert min(balance.available, balance.frozen) >= 0
            assert balance.total == sum_of((balance.available, balance.frozen))

    @invariant()
    def sequences_grow(self) -> None:
        """A balance's sequence number never falls."""
        for currency in CURRENCIES:
            now = self.ledger.balance(currency).sequence
            assert now >= self.sequences[currency]
            self.sequences[currency] = now


TestLedgerLife = LedgerLife.TestCase


def test_more_than_there_is_cannot_be_set_aside() -> None:
    """The refusal says what there is; to the last digit all of it can be."""
    found = ledger()
    with pytest.raises(NotEnough) as refusal:
        found.freeze("btc", Decimal("0.123456789012345679"))
    assert refusal.value.left == OPENING["btc"]
    found.freeze("btc", OPENING["btc"])
    assert (found.balance("btc").available, found.balance("btc").frozen) == (Decimal(0), OPENING["btc"])


@given(money)
def test_every_change_has_a_number_of_its_own(amount: Decimal) -> None:
    """Two changes, in whatever currencies, never share a sequence number."""
    found = ledger()
    seen = []
    for currency in ("usdt", "btc", "usdt"):
        found.receive(currency, amount, Decimal(0))
        seen.append(found.balance(currency).sequence)
    assert seen == sorted(set(seen))
    assert list(found.currencies) == list(CURRENCIES)
