"""Accounts, keys, orders and fills as REST answers carry them. Source: HTX docs, "Account" and "Trading".

Private decimals come as strings of up to 36 digits behind the point, and forms like ``"0E-18"``.
"""

from decimal import Decimal

from msgspec import Struct, field

__all__ = ["AccountRow", "BalanceRow", "BalancesRow", "FeeRateRow", "KeyRow", "MatchRow", "OrderRow"]


class AccountRow(Struct, frozen=True, kw_only=True):
    """One account."""

    id: int
    type: str
    subtype: str | None = None
    state: str | None = None


class BalanceRow(Struct, frozen=True, kw_only=True, rename="kebab"):
    """One currency in one role (``trade`` is available); ``debt`` and ``available`` are obsolete texts."""

    currency: str
    type: str
    balance: Decimal
    debt: str | None = None
    available: str | None = None
    seq_num: str | int | None = None


class BalancesRow(Struct, frozen=True, kw_only=True):
    """All balances of one account."""

    id: int
    type: str
    state: str | None = None
    rows: list[BalanceRow] = field(name="list")


class FeeRateRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """Fees of one pair as ratios; ``actual`` is after discounts."""

    symbol: str
    maker_fee_rate: Decimal
    taker_fee_rate: Decimal
    actual_maker_rate: Decimal | None = None
    actual_taker_rate: Decimal | None = None


class KeyRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """What one key may do."""

    access_key: str | None = None
    status: str = ""
    note: str | None = None
    permission: str = ""
    ip_addresses: str | None = None
    valid_days: int = -1
    create_time: int | None = None
    update_time: int | None = None

    def __repr__(self) -> str:
        return "KeyRow(…)"


class OrderRow(Struct, frozen=True, kw_only=True, rename="kebab"):
    """One order; ``filled-*`` in openOrders is ``field-*`` (so spelt) everywhere else."""

    id: int
    symbol: str
    type: str
    state: str
    account_id: int | None = None
    client_order_id: str | None = None
    amount: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    operator: str | None = None
    source: str | None = None
    created_at: int | None = None
    updated_at: int | None = None
    finished_at: int | None = None
    canceled_at: int | None = None
    field_amount: Decimal | None = None
    field_cash_amount: Decimal | None = None
    field_fees: Decimal | None = None
    filled_amount: Decimal | None = None
    filled_cash_amount: Decimal | None = None
    filled_fees: Decimal | None = None
    market_amount: Decimal | None = None
    ice_amount: Decimal | None = None
    is_ice: bool | None = None
    canceled_source: int | str | None = None
    canceled_source_desc: str | None = None
    role: str | None = None
    user_id: int | None = None


class MatchRow(Struct, frozen=True, kw_only=True, rename="kebab"):
    """One fill of an own order; ``id`` is the record's (for paging), ``trade-id`` the trade's."""

    id: int
    order_id: int
    match_id: int | None = None
    trade_id: int
    symbol: str
    type: str
    source: str | None = None
    price: Decimal
    filled_amount: Decimal
    filled_fees: Decimal
    fee_currency: str | None = None
    role: str | None = None
    filled_points: Decimal | None = None
    fee_deduct_currency: str | None = None
    fee_deduct_state: str | None = None
    created_at: int
