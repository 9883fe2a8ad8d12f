"""Who owns what: available and frozen, exact to the last digit, with nothing made and nothing lost.

Everything a user gains comes from the house (the rest of the market) and everything paid goes to it or to the fees,
so the sum over user, house and fees of each currency never changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hbtui.sim.exact import ZERO, minus, plus, sum_of

__all__ = ["Balance", "Ledger", "NotEnough"]


class NotEnough(Exception):
    """The available balance does not cover what an order needs; carries what there is."""

    def __init__(self, left: Decimal) -> None:
        super().__init__("available balance is not enough")
        self.left = left


@dataclass(slots=True)
class Balance:
    """One currency of the user; ``sequence`` grows with every change."""

    available: Decimal = ZERO
    frozen: Decimal = ZERO
    sequence: int = 0

    @property
    def total(self) -> Decimal:
        """Available and frozen together."""
        return plus(self.available, self.frozen)


class Ledger:
    """One account, the house and the fees."""

    def __init__(self, currencies: Iterable[str], opening: Mapping[str, Decimal]) -> None:
        self._balances = {name: Balance(opening.get(name, ZERO)) for name in currencies}
        self.house = dict.fromkeys(self._balances, ZERO)
        self.fees = dict.fromkeys(self._balances, ZERO)
        self._sequence = 0

    @property
    def currencies(self) -> Iterable[str]:
        """Every currency there is."""
        return self._balances.keys()

    def balance(self, currency: str) -> Balance:
        """The user's balance; changes with the ledger."""
        return self._balances[currency]

    def freeze(self, currency: str, amount: Decimal) -> None:
        """Set aside for an order; raises ``NotEnough``."""
        balance = self._balances[currency]
        if balance.available < amount:
            raise NotEnough(balance.available)
        balance.available = minus(balance.available, amount)
        balance.frozen = plus(balance.frozen, amount)
        self._touch(balance)

    def release(self, currency: str, amount: Decimal) -> None:
        """Give back what an order no longer needs."""
        balance = self._balances[currency]
        self._lower(balance, amount)
        balance.available = plus(balance.available, amount)
        self._touch(balance)

    def pay(self, currency: str, amount: Decimal) -> None:
        """Pay out of what is frozen."""
        balance = self._balances[currency]
        self._lower(balance, amount)
        self.house[currency] = plus(self.house[currency], amount)
        self._touch(balance)

    def receive(self, currency: str, amount: Decimal, fee: Decimal) -> None:
        """Receive what a trade brought, less the fee, which is taken in the same currency."""
        balance = self._balances[currency]
        self.house[currency] = minus(self.house[currency], amount)
        self.fees[currency] = plus(self.fees[currency], fee)
        balance.available = plus(balance.available, minus(amount, fee))
        self._touch(balance)

    def whole(self, currency: str) -> Decimal:
        """User, house and fees together: always what it was at the start."""
        return sum_of((self._balances[currency].total, self.house[currency], self.fees[currency]))

    def _lower(self, balance: Balance, amount: Decimal) -> None:
        if balance.frozen < amount:
            message = "more would be paid or released than was ever set aside"
            raise ArithmeticError(message)
        balance.frozen = minus(balance.frozen, amount)

    def _touch(self, balance: Balance) -> None:
        self._sequence += 1
        balance.sequence = self._sequence
