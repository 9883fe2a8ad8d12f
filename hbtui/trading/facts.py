"""All that is known of one order, as a join: facts are only added, so that their order of arrival cannot matter.

Every method of :class:`OrderFacts` is commutative, idempotent and monotone; the tracker turns facts into the one
immutable ``Order`` that a screen may see.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from hbtui.model.account import SOURCES
from hbtui.model.numbers import EXACT
from hbtui.model.order import (
    FINAL,
    Accepted,
    Fill,
    Intent,
    OrderReport,
    OrderRequest,
    OrderState,
    OrderType,
    Outcome,
    Refused,
)

__all__ = ["OrderFacts", "state_of"]

_RANK = {
    OrderState.ACCEPTED: 0,
    OrderState.CREATED: 1,
    OrderState.SUBMITTED: 2,
    OrderState.PARTIALLY_FILLED: 3,
    OrderState.CANCELING: 4,
}
_TERMINAL = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.PARTIALLY_CANCELED, OrderState.REJECTED})
_TOLD = ("account_id", "symbol", "side", "venue_type", "amount", "price", "stop_price", "stop_operator", "source")
_MEANS = frozenset({"api", "web", "app", "stop"})
_FAMILIES = frozenset(word.removesuffix("-api") for word in SOURCES.values())
_AFTER_TRIGGER = {OrderType.STOP_LIMIT: OrderType.LIMIT, OrderType.STOP_LIMIT_FOK: OrderType.FOK}
"""What a stop order is reported as once it was triggered."""
_T = TypeVar("_T")


@dataclass(slots=True)
class OrderFacts:
    """One order's facts; ``intent`` is ``None`` of an order that this program did not send."""

    intent: Intent | None = None
    client_order_id: str = ""
    order_ids: set[str] = field(default_factory=set)
    states: set[OrderState] = field(default_factory=set)
    """Every state that the venue ever named."""
    refusals: set[Refused] = field(default_factory=set)
    doubts: set[str] = field(default_factory=set)
    """Why the answer of the POST said nothing."""
    proofs: set[OrderState] = field(default_factory=set)
    """``NOT_PLACED`` or ``UNPROVEN``, as found by looking."""
    fills: dict[int, Fill] = field(default_factory=dict)
    contradictions: set[str] = field(default_factory=set)
    filled_base: Decimal = Decimal(0)
    filled_quote: Decimal = Decimal(0)
    is_cancel_requested: bool = False
    is_closed: bool = False
    """The venue said that it is over, and has no record of how."""
    is_unrecorded: bool = False
    """What came of the POST could not be written into the journal."""
    signed_off: set[OrderState] = field(default_factory=set)
    """The states as which a person settled it."""
    created_ms: int | None = None
    updated_ms: int = 0
    told: dict[str, dict[Hashable, int]] = field(default_factory=dict)
    """Every value that the venue ever named for a field, with the latest stamp it was named at."""

    def add_intent(self, intent: Intent) -> None:
        """Note what was meant; it stands over what the venue says of the same things."""
        self.intent = intent
        self.client_order_id = intent.client_order_id
        self.updated_ms = max(self.updated_ms, intent.created_ms)

    def add_outcome(self, outcome: Outcome, at_ms: int) -> None:
        """Note what came of the POST."""
        if isinstance(outcome, Accepted):
            self.order_ids.add(outcome.order_id)
        elif isinstance(outcome, Refused):
            self.refusals.add(outcome)
        else:
            self.doubts.add(outcome.cause)
        self.updated_ms = max(self.updated_ms, at_ms)

    def add_report(self, report: OrderReport) -> None:
        """Note what the venue said in one message."""
        self.order_ids.update({report.order_id} - {""})
        self.client_order_id = self.client_order_id or report.client_order_id
        if report.state is not None:
            self.states.add(report.state)
        self.filled_base = max(self.filled_base, report.filled_base or Decimal(0))
        self.filled_quote = max(self.filled_quote, report.filled_quote or Decimal(0))
        self.created_ms = _least(self.created_ms, report.created_ms)
        stamp = report.updated_ms or report.created_ms or 0
        self.updated_ms = max(self.updated_ms, stamp)
        for name in _TOLD:
            self._tell(name, stamp, getattr(report, name))
        self._tell("type", stamp, report.type)
        self._tell("cause", stamp, report.cause)
        if report.fees is not None and report.filled_base is not None:
            # fees grow with what is filled, whatever the stamps say
            self._tell("fees", int(EXACT.scaleb(report.filled_base, 18)), report.fees)
        for fill in report.fills:
            self.add_fill(fill)

    def add_fill(self, fill: Fill) -> None:
        """Note one trade; a fee that becomes known completes it, other numbers contradict it."""
        self.order_ids.update({fill.order_id} - {""})
        self.client_order_id = self.client_order_id or fill.client_order_id
        self._tell("symbol", 0, fill.symbol)
        self._tell("side", 0, fill.side)
        self.updated_ms = max(self.updated_ms, fill.ts_ms)
        known = self.fills.get(fill.trade_id)
        if known is None:
            self.fills[fill.trade_id] = fill
            return
        if (known.price, known.amount, known.side) != (fill.price, fill.amount, fill.side):
            self.contradictions.add(f"trade {fill.trade_id} was told with two different numbers")
        self.fills[fill.trade_id] = _joined(known, fill)

    def join(self, other: "OrderFacts") -> None:
        """Take over all that another record knows of the same order."""
        self.order_ids |= other.order_ids
        self.states |= other.states
        self.refusals |= other.refusals
        self.doubts |= other.doubts
        self.proofs |= other.proofs
        self.contradictions |= other.contradictions
        self.client_order_id = self.client_order_id or other.client_order_id
        self.filled_base = max(self.filled_base, other.filled_base)
        self.filled_quote = max(self.filled_quote, other.filled_quote)
        self.is_cancel_requested |= other.is_cancel_requested
        self.is_closed |= other.is_closed
        self.is_unrecorded |= other.is_unrecorded
        self.signed_off |= other.signed_off
        self.created_ms = _least(self.created_ms, other.created_ms)
        self.updated_ms = max(self.updated_ms, other.updated_ms)
        for name, values in other.told.items():
            for value, stamp in values.items():
                self._tell(name, stamp, value)
        for fill in other.fills.values():
            self.add_fill(fill)
        if other.intent is not None:
            self.intent = other.intent

    def word(self, name: str, kind: type[_T]) -> _T | None:
        """The venue's word on a field, if it ever said one: the latest, and of equally late ones the greatest."""
        values = [(stamp, str(value), value) for value, stamp in self.told.get(name, {}).items()]
        latest = max(values, key=lambda said: said[:2], default=(0, "", None))[2]
        return latest if isinstance(latest, kind) else None

    @property
    def traded(self) -> Decimal:
        """What is filled in base, by the venue's sum or by its trades, whichever says more."""
        return max(self.filled_base, sum((fill.amount for fill in self.fills.values()), Decimal(0)))

    @property
    def is_seen(self) -> bool:
        """Whether the venue ever showed the order itself, more than an id."""
        return bool(self.states or self.fills)

    @property
    def differences(self) -> tuple[str, ...]:
        """The fields in which the venue ever named another value than was asked for."""
        if self.intent is None:
            return ()
        request = self.intent.request
        found = [name for name, values in _meant(request).items() if self.told.get(name, {}).keys() - values]
        families = {_family(source) for source in self.told.get("source", {})} & _FAMILIES
        return (*found, "source") if families - {_family(request.source)} else tuple(found)

    def _tell(self, name: str, stamp: int, value: Hashable) -> None:
        if value is not None and value != "":
            said = self.told.setdefault(name, {})
            said[value] = max(stamp, said.get(value, 0))


def state_of(facts: OrderFacts) -> OrderState:
    """Name the one state that the facts add up to; contradictions are shown, never settled."""
    transport = _transport_state(facts)
    is_at_venue = bool(facts.order_ids or facts.states or facts.fills)
    if facts.contradictions or facts.differences or transport is OrderState.CONFLICT:
        return OrderState.CONFLICT
    if not is_at_venue:
        return transport
    terminals = facts.states & _TERMINAL
    is_gone = transport in FINAL  # refused, never left or proven absent, and yet the venue shows it
    if len(terminals) > 1 or len(facts.order_ids) > 1 or is_gone:
        return OrderState.CONFLICT
    if terminals:
        end = next(iter(terminals))
        return OrderState.CONFLICT if end is OrderState.REJECTED and facts.traded else end
    if facts.is_closed:
        # it was unproven, then seen, and is unprovable again: no state may come twice
        return OrderState.CONFLICT if facts.proofs else OrderState.UNPROVEN
    best = max(facts.states & _RANK.keys(), key=_RANK.__getitem__, default=OrderState.ACCEPTED)
    is_partly = facts.traded > 0 and _RANK[best] < _RANK[OrderState.PARTIALLY_FILLED]
    return OrderState.PARTIALLY_FILLED if is_partly else best


def _transport_state(facts: OrderFacts) -> OrderState:
    """What the own side knows: was it sent, was it answered, was it proven."""
    ends = {OrderState.REFUSED if refusal.is_sent else OrderState.NOT_SENT for refusal in facts.refusals}
    if OrderState.NOT_PLACED in facts.proofs:
        ends.add(OrderState.NOT_PLACED)
    if len(ends) > 1 or (ends and facts.proofs and OrderState.NOT_PLACED not in facts.proofs):
        return OrderState.CONFLICT
    if ends:
        return ends.pop()
    if facts.proofs:
        return OrderState.UNPROVEN
    return OrderState.UNCERTAIN if facts.doubts else OrderState.SENDING


def _meant(request: OrderRequest) -> dict[str, set[Hashable]]:
    """What the venue may say of each field without contradicting what was asked for."""
    meant: dict[str, set[Hashable]] = {
        "account_id": {request.account_id},
        "symbol": {request.symbol},
        "side": {request.side},
        "amount": {request.amount},
        "type": {request.type, _AFTER_TRIGGER.get(request.type, request.type)},
    }
    if request.type.has_price:
        meant["price"] = {request.price}
    if request.type.has_stop:
        meant |= {"stop_price": {request.stop_price}, "stop_operator": {request.stop_operator}}
    return meant


def _family(source: Hashable) -> str:
    """The kind of account behind HTX's word for a source (``spot-api``, its old name ``api``, ``margin-stop``)."""
    kind, _, means = str(source).rpartition("-")
    return (kind or "spot") if means in _MEANS else str(source)


def _joined(one: Fill, other: Fill) -> Fill:
    """One trade as told twice: each group of values from the telling that says more, ties broken by the values."""
    numbers = max(one, other, key=lambda fill: (str(fill.price), str(fill.amount), fill.side.value, fill.order_id))
    fee = max(one, other, key=lambda fill: (fill.fee is not None, fill.fee_currency, str(fill.fee)))
    roles = {one.is_maker, other.is_maker}
    return replace(
        numbers,
        fee=fee.fee,
        fee_currency=fee.fee_currency,
        client_order_id=max(one.client_order_id, other.client_order_id),
        is_maker=True if True in roles else False if False in roles else None,
        ts_ms=min(one.ts_ms, other.ts_ms),
    )


def _least(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)
