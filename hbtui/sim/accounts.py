"""The demo user's accounts: spot, isolated margin of a few pairs, cross and C2C margin, each with money of its own."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from hbtui.sim.keys import C2C_MARGIN_ACCOUNT, MARGIN_ACCOUNTS, SPOT_ACCOUNT, SUPER_MARGIN_ACCOUNT
from hbtui.sim.ledger import Ledger
from hbtui.sim.symbols import CURRENCIES, PAIRS

__all__ = ["SOURCES", "Account", "Accounts"]

SOURCES: Mapping[str, str] = {
    "": "spot",
    "api": "spot",
    "spot-api": "spot",
    "margin-api": "margin",
    "super-margin-api": "super-margin",
    "c2c-margin-api": "c2c-margin",
}
"""The type of account that each ``source`` of an order names (HTX docs, Place a New Order); none is spot."""


class Account:
    """One account: HTX's number, type and subtype, and its ledger."""

    def __init__(self, number: int, kind: str, subtype: str, ledger: Ledger) -> None:
        self.id = number
        self.kind = kind
        self.subtype = subtype
        self.ledger = ledger

    def takes(self, kind: str, symbol: str) -> bool:
        """Whether orders of this kind of account in this pair may be placed from it."""
        return self.kind == kind and self.subtype in {"", symbol}


class Accounts:
    """All of them, the spot account first."""

    def __init__(
        self,
        spot: Mapping[str, Decimal],
        margin: Mapping[str, Mapping[str, Decimal]],
        cross: Mapping[str, Decimal] | None,
        c2c: Mapping[str, Decimal] | None = None,
    ) -> None:
        self.spot = Account(SPOT_ACCOUNT, "spot", "", Ledger(CURRENCIES, spot))
        self._all = {self.spot.id: self.spot}
        for symbol, opening in margin.items():
            pair = PAIRS[symbol]
            self._add(Account(MARGIN_ACCOUNTS[symbol], "margin", symbol, Ledger((pair.base, pair.quote), opening)))
        if cross is not None:
            self._add(Account(SUPER_MARGIN_ACCOUNT, "super-margin", "", Ledger(CURRENCIES, cross)))
        if c2c is not None:
            self._add(Account(C2C_MARGIN_ACCOUNT, "c2c-margin", "", Ledger(CURRENCIES, c2c)))

    def __iter__(self) -> Iterator[Account]:
        return iter(self._all.values())

    def __getitem__(self, number: int) -> Account:
        """The account of a number that an accepted order carries."""
        return self._all[number]

    def find(self, given: object) -> Account | None:
        """The account that a request names, as number or as text; ``None`` where there is none."""
        return next((account for account in self._all.values() if str(given) == str(account.id)), None)

    def of_kind(self, kind: str) -> Iterable[Account]:
        """Those of one type."""
        return [account for account in self._all.values() if account.kind == kind]

    def _add(self, account: Account) -> None:
        self._all[account.id] = account
