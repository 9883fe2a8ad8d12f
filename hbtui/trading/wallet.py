"""The balances of one account: a snapshot, and the pushes that go on from it in any order."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from hbtui.model.account import Balance, BalanceChange

__all__ = ["Wallet"]


class Wallet:
    """Keeps the newest balance of each currency; ``None`` until the first snapshot."""

    def __init__(self) -> None:
        self._balances: dict[str, Balance] | None = None
        self._sequences: dict[str, int] = {}
        self._during_snapshot: list[BalanceChange] | None = None

    @property
    def balances(self) -> tuple[Balance, ...] | None:
        """Every currency, or ``None`` while nothing is known."""
        return None if self._balances is None else tuple(self._balances.values())

    def begin_snapshot(self) -> None:
        """Note that a snapshot was asked for: pushes from now on are laid over it again when it comes."""
        self._during_snapshot = []

    def end_snapshot(self, balances: Iterable[Balance]) -> None:
        """Take the snapshot, and the pushes that came while it was on its way (the last word is a push)."""
        self._balances = {balance.currency: balance for balance in balances}
        pushed, self._during_snapshot = self._during_snapshot or [], None
        for change in pushed:
            self._lay(change)

    def forget_sequences(self) -> None:
        """Accept any push again: after a new connection the venue counts as it likes."""
        self._sequences.clear()

    def apply(self, change: BalanceChange) -> bool:
        """Take one push; ``False`` for an older one than is known, which changes nothing."""
        known = self._sequences.get(change.currency)
        if known is not None and change.sequence <= known:
            return False
        self._sequences[change.currency] = change.sequence
        if self._during_snapshot is not None:
            self._during_snapshot.append(change)
        self._lay(change)
        return True

    def _lay(self, change: BalanceChange) -> None:
        if self._balances is None:
            return
        zero = Decimal(0)
        known = self._balances.get(change.currency, Balance(change.currency, zero, zero))
        total = change.total if change.total is not None else known.total
        available = change.available if change.available is not None else known.available
        if change.total is not None and change.available is None:
            available = total - known.frozen  # only the total moved
        self._balances[change.currency] = replace(known, available=available, frozen=total - available)
