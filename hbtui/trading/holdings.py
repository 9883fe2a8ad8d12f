"""The balances of every account in use: read afresh, and kept in step by the private stream's pushes."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hbtui.model.account import Balance, BalanceChange
from hbtui.model.errors import ExchangeError
from hbtui.trading.ports import Exchange
from hbtui.trading.retry import is_passing
from hbtui.trading.wallet import Wallet

__all__ = ["Holdings"]


class Holdings:
    """One wallet for each account, the first of which is the spot account; one loop's own."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._wallets: dict[int, Wallet] = {}
        self.refusals: dict[int, str] = {}
        """Why the balances of an account, by its id, cannot be read."""

    @property
    def account_ids(self) -> tuple[int, ...]:
        """The accounts in use, the spot account first."""
        return tuple(self._wallets)

    @property
    def spot(self) -> tuple[Balance, ...] | None:
        """The spot account's currencies, or ``None`` while they are not known."""
        return next((wallet.balances for wallet in self._wallets.values()), None)

    @property
    def others(self) -> Mapping[int, tuple[Balance, ...]]:
        """The other accounts' currencies, as far as they are known."""
        wallets = tuple(self._wallets.items())[1:]
        return MappingProxyType({key: one.balances for key, one in wallets if one.balances is not None})

    def use(self, account_ids: Sequence[int]) -> None:
        """Keep these accounts, the spot account first."""
        self._wallets = {account_id: self._wallets.get(account_id, Wallet()) for account_id in account_ids}

    def apply(self, change: BalanceChange) -> bool:
        """Take one push; ``False`` for an older one, or one of another account."""
        wallet = self._wallets.get(change.account_id)
        return wallet is not None and wallet.apply(change)

    def forget_sequences(self) -> None:
        """Accept any push again: after a new connection the venue counts as it likes."""
        for wallet in self._wallets.values():
            wallet.forget_sequences()

    async def read(self) -> None:
        """Read every account. Raises ``ExchangeError``, but for an account that is refused and is not the first."""
        for account_id, wallet in self._wallets.items():
            wallet.begin_snapshot()
            try:
                wallet.end_snapshot(await self._exchange.balances(account_id))
                self.refusals.pop(account_id, None)
            except ExchangeError as error:
                if account_id == self.account_ids[0] or is_passing(error):
                    raise
                self.refusals[account_id] = str(error)
