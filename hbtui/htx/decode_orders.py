"""Own orders, fills and balance changes into model values, from REST rows and from pushes.

Only what a message really says is reported; the rest stays ``None``. Of a market buy HTX counts in quote.
Source: HTX docs, "Trading" and "Websocket Asset and Order".
"""

from decimal import Decimal

from hbtui.htx.reading import currency, exact, exact_or_none, id_text, moment, pair_name, positive, word
from hbtui.htx.wire_account import MatchRow, OrderRow
from hbtui.htx.wire_push import BalancePush, ClearingPush, OrderPush
from hbtui.model.account import BalanceChange
from hbtui.model.order import Fill, OrderReport, OrderState, OrderType, Side

__all__ = [
    "balance_change_of",
    "fill_of_clearing",
    "fill_of_match",
    "kind_of",
    "report_of_clearing",
    "report_of_push",
    "report_of_row",
    "state_of",
]

_STATES = {
    state.value: state
    for state in (
        OrderState.CREATED,
        OrderState.SUBMITTED,
        OrderState.PARTIALLY_FILLED,
        OrderState.CANCELING,
        OrderState.PARTIALLY_CANCELED,
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
    )
}
_TYPES = {kind.value: kind for kind in OrderType}
_BUY_MARKET = "buy-market"


def state_of(name: str | None) -> OrderState | None:
    """HTX's word for a state; ``None`` for one that this program does not know."""
    return _STATES.get(name or "")


def kind_of(venue_type: str) -> tuple[Side, OrderType | None]:
    """Take ``buy-limit-maker`` apart; the type is ``None`` for orders that cannot be placed here (grid orders)."""
    side, _, kind = venue_type.partition("-")
    return Side(side), _TYPES.get(kind)


def _cause(status: str | None, *reasons: str | int | None) -> str:
    """The venue's reason, and its word for the state where this program has none for it."""
    said = next((word(reason, 200) for reason in reasons if reason not in {None, ""}), "")
    if status is None or state_of(status) is not None:
        return said
    unknown = f"state {word(status)}"
    return f"{unknown}: {said}" if said else unknown


def _price(venue_type: str, price: Decimal | None) -> Decimal | None:
    """A market order's price comes as 0 or not at all; it has none."""
    return None if price is None or "market" in venue_type else exact(price)


def report_of_row(row: OrderRow) -> OrderReport:
    """One order as REST tells it."""
    side, kind = kind_of(row.type)
    base = row.field_amount if row.field_amount is not None else row.filled_amount
    quote = row.field_cash_amount if row.field_cash_amount is not None else row.filled_cash_amount
    fees = row.field_fees if row.field_fees is not None else row.filled_fees
    told = (row.updated_at, row.finished_at, row.canceled_at, row.created_at)
    moments = [at for at in map(moment, told) if at]
    return OrderReport(
        order_id=id_text(row.id),
        client_order_id=word(row.client_order_id),
        account_id=row.account_id,
        symbol=pair_name(row.symbol),
        side=side,
        type=kind,
        venue_type=word(row.type),
        state=state_of(row.state),
        amount=exact_or_none(row.amount),
        price=_price(row.type, row.price),
        stop_price=exact_or_none(row.stop_price),
        stop_operator=word(row.operator) or None,
        filled_base=exact_or_none(base),
        filled_quote=exact_or_none(quote),
        fees=exact_or_none(fees),
        created_ms=moment(row.created_at),
        updated_ms=max(moments) if moments else None,
        source=word(row.source),
        cause=_cause(row.state, row.canceled_source_desc, row.canceled_source),
    )


def fill_of_match(row: MatchRow) -> Fill:
    """One fill; where points or another currency paid the fee, that is the fee."""
    side, _ = kind_of(row.type)
    fee, fee_currency = exact(row.filled_fees), word(row.fee_currency)
    if not fee and row.filled_points:
        fee, fee_currency = exact(row.filled_points), word(row.fee_deduct_currency) or "points"
    return Fill(
        trade_id=row.trade_id,
        order_id=id_text(row.order_id),
        symbol=pair_name(row.symbol),
        side=side,
        price=positive(row.price),
        amount=exact(row.filled_amount),
        ts_ms=moment(row.created_at) or 0,
        fee=fee,
        fee_currency=fee_currency,
        is_maker={"maker": True, "taker": False}.get(row.role or ""),
    )


def _push_fill(push: OrderPush, side: Side) -> tuple[Fill, ...]:
    """The fill of a ``trade`` event; its fee comes later, with ``trade.clearing``."""
    if push.trade_id is None or push.trade_price is None or push.trade_volume is None or push.order_id is None:
        return ()
    return (
        Fill(
            trade_id=push.trade_id,
            order_id=id_text(push.order_id),
            client_order_id=word(push.client_order_id),
            symbol=pair_name(push.symbol),
            side=side,
            price=positive(push.trade_price),
            amount=exact(push.trade_volume),
            ts_ms=moment(push.trade_time) or 0,
            is_maker=None if push.aggressor is None else not push.aggressor,
        ),
    )


def report_of_push(push: OrderPush) -> OrderReport:
    """One event of ``orders#*``; conditional orders that never triggered have no order id (``""``)."""
    venue_type = push.type or ""
    side, kind = kind_of(venue_type) if venue_type else (Side(push.order_side or ""), None)
    filled = exact_or_none(push.exec_amt)
    is_in_quote = venue_type == _BUY_MARKET
    moments = [at for at in map(moment, (push.trade_time, push.last_act_time, push.order_create_time)) if at]
    account_id = push.account_id if push.account_id is not None else push.account_id_misspelt
    return OrderReport(
        order_id="" if push.order_id is None else id_text(push.order_id),
        client_order_id=word(push.client_order_id),
        account_id=account_id,
        symbol=pair_name(push.symbol),
        side=side,
        type=kind,
        venue_type=word(venue_type),
        state=state_of(push.order_status),
        amount=exact_or_none(push.order_value if is_in_quote and push.order_value is not None else push.order_size),
        price=_price(venue_type, push.order_price),
        filled_base=None if is_in_quote else filled,
        filled_quote=filled if is_in_quote else None,
        created_ms=moment(push.order_create_time),
        updated_ms=max(moments) if moments else None,
        source=word(push.order_source),
        cause=_cause(push.order_status, push.err_message, push.canceled_source_desc, push.canceled_source),
        fills=_push_fill(push, side) if push.event_type == "trade" else (),
    )


def fill_of_clearing(push: ClearingPush) -> Fill:
    """A fill with its fee; raises ``ValueError`` where a part of it is missing."""
    if push.trade_id is None or push.trade_price is None or push.trade_volume is None or push.order_id is None:
        message = "a clearing without its trade"
        raise ValueError(message)
    fee, fee_currency = exact_or_none(push.transact_fee), word(push.fee_currency)
    deducted = push.fee_deduct if push.fee_deduct is not None else push.fee_deduct_blank
    if not fee and deducted and push.fee_deduct_type:
        fee, fee_currency = exact(deducted), word(push.fee_deduct_type)
    return Fill(
        trade_id=push.trade_id,
        order_id=id_text(push.order_id),
        client_order_id=word(push.client_order_id),
        symbol=pair_name(push.symbol or ""),
        side=Side(push.order_side or ""),
        price=positive(push.trade_price),
        amount=exact(push.trade_volume),
        ts_ms=moment(push.trade_time) or 0,
        fee=fee,
        fee_currency=fee_currency,
        is_maker=None if push.aggressor is None else not push.aggressor,
    )


def report_of_clearing(push: ClearingPush) -> OrderReport:
    """A cancellation as ``trade.clearing`` (mode 1) tells it."""
    venue_type = push.order_type or ""
    side, kind = kind_of(venue_type)
    return OrderReport(
        order_id=id_text(push.order_id if push.order_id is not None else ""),
        client_order_id=word(push.client_order_id),
        account_id=push.account_id,
        symbol=pair_name(push.symbol or ""),
        side=side,
        type=kind,
        venue_type=word(venue_type),
        state=state_of(push.order_status),
        price=_price(venue_type, push.order_price),
        created_ms=moment(push.order_create_time),
        source=word(push.source),
        cause=_cause(push.order_status),
    )


def balance_change_of(push: BalancePush) -> BalanceChange | None:
    """A currency's balances; ``None`` for loans and interest, which are not the user's money."""
    if push.account_type not in {None, "trade"}:
        return None
    return BalanceChange(
        account_id=push.account_id,
        currency=currency(push.currency),
        total=exact_or_none(push.balance),
        available=exact_or_none(push.available),
        sequence=int(push.seq_num or 0),
        ts_ms=push.change_time,
    )
