"""Signed reads about the user: accounts, balances, fees, the key. Source: HTX docs, "Account"."""

from collections.abc import Sequence

import msgspec

from hbtui.htx.decode import account_of, balances_of, fee_rate_of, key_info_of
from hbtui.htx.limits import Group
from hbtui.htx.rest import Rest
from hbtui.htx.rest_market import asked_symbol, certain
from hbtui.htx.wire_account import AccountRow, BalancesRow, FeeRateRow, KeyRow
from hbtui.model.account import Account, Balance, FeeRate, KeyInfo
from hbtui.model.errors import MaintenanceError, RateLimited, VenueError

__all__ = ["AccountReads"]

_accounts = msgspec.json.Decoder(list[AccountRow])
_balances = msgspec.json.Decoder(BalancesRow)
_fee_rates = msgspec.json.Decoder(list[FeeRateRow])
_user_id = msgspec.json.Decoder(int)
_keys = msgspec.json.Decoder(list[KeyRow])
_SYMBOLS_A_CALL = 10


class AccountReads:
    """What the key's owner may ask about himself."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def accounts(self) -> tuple[Account, ...]:
        """The user's accounts."""
        rows = await self._rest.signed_data("/v1/account/accounts", Group.ACCOUNT, {}, _accounts)
        return tuple(account_of(row) for row in rows)

    async def balances(self, account_id: int) -> tuple[Balance, ...]:
        """Every currency of an account that is not all zero, sorted by name."""
        path = f"/v1/account/accounts/{int(account_id)}/balance"
        row = await self._rest.signed_data(path, Group.ACCOUNT, {}, _balances)
        return certain(lambda: balances_of(row.rows))

    async def fee_rates(self, symbols: Sequence[str]) -> tuple[FeeRate, ...]:
        """The account's own fees for any number of pairs, ten a call."""
        rates: list[FeeRateRow] = []
        for start in range(0, len(symbols), _SYMBOLS_A_CALL):
            asked = ",".join(asked_symbol(name) for name in symbols[start : start + _SYMBOLS_A_CALL])
            path = "/v2/reference/transact-fee-rate"
            found = await self._rest.signed_data(path, Group.ACCOUNT, {"symbols": asked}, _fee_rates)
            rates += found
        return certain(lambda: tuple(fee_rate_of(row) for row in rates))

    async def key_info(self) -> KeyInfo | None:
        """What the key in use may do; ``None`` where HTX does not tell, as for a sub-user's key."""
        user_id = await self._rest.signed_data("/v2/user/uid", Group.HISTORY, {}, _user_id)
        if self._rest.signer is None:
            return None
        params = {"uid": str(user_id), **self._rest.signer.own_key_param()}
        try:
            keys = await self._rest.signed_data("/v2/user/api-key", Group.HISTORY, params, _keys)
        except (RateLimited, MaintenanceError):
            raise
        except VenueError as error:
            if error.code.startswith("http-"):  # the gateway speaks, not the endpoint
                raise
            return None
        own = params["accessKey"]
        row = next((key for key in keys if key.access_key in {own, None}), None)
        return None if row is None else key_info_of(row)
