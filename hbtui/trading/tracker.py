"""Every order that this program knows, own and external, under its client order id and under the venue's id."""

from collections.abc import Iterator
from decimal import Decimal

from hbtui.model.numbers import EXACT
from hbtui.model.order import Fill, Intent, Order, OrderReport, OrderState, OrderType, Outcome, Side
from hbtui.trading.client_ids import is_own
from hbtui.trading.facts import OrderFacts, state_of

__all__ = ["OrderTracker"]

_UNRECORDED = "not recorded: the journal could not be written"
_CLOSED = "the exchange closed it long ago, and no longer says how it ended"


class OrderTracker:
    """Joins whatever arrives, in any order and however often; hands out immutable orders.

    Each merge returns the key of the order that it touched, or ``None`` where nothing new was learned. An order is
    own when its intent is known or its client order id is of this program's making; foreign client order ids may
    repeat, so external orders are told apart by the venue's id alone.
    """

    def __init__(self) -> None:
        self._by_client_id: dict[str, OrderFacts] = {}
        self._by_order_id: dict[str, OrderFacts] = {}
        self._shown: dict[int, Order] = {}
        self._next_checks: dict[str, int] = {}

    def __iter__(self) -> Iterator[Order]:
        """Every order, each once, in no promised order."""
        return (order for _, order in self._each())

    def find(self, key: str) -> Order | None:
        """The order with this client order id (own) or venue's id."""
        facts = self._facts(key)
        return self._show(facts) if facts is not None else None

    def intent_of(self, key: str) -> Intent | None:
        """What was meant, of an own order of this journal."""
        facts = self._facts(key)
        return facts.intent if facts is not None else None

    def is_seen(self, key: str) -> bool:
        """Whether the venue ever showed the order itself, more than an id."""
        facts = self._facts(key)
        return facts is not None and facts.is_seen

    def lacks_fills(self, key: str) -> bool:
        """Whether trades or fees of the order are still missing."""
        facts = self._facts(key)
        if facts is None:
            return False
        told = sum((fill.amount for fill in facts.fills.values()), Decimal(0))
        return told < facts.filled_base or any(fill.fee is None for fill in facts.fills.values())

    def add_intent(self, intent: Intent) -> str:
        """Start an own order: it shows as sending from now on."""
        facts = self._own(intent.client_order_id)
        facts.add_intent(intent)
        return self._touched(facts) or intent.client_order_id

    def adopt(self, intent: Intent, order_id: str) -> str | None:
        """Note that an order that the venue told of is what an earlier run meant by this intent."""
        facts = self._own(intent.client_order_id)
        facts.add_intent(intent)
        facts.order_ids.add(order_id)
        self._link(facts)
        return self._touched(facts)

    def contradict(self, client_order_id: str, text: str) -> str | None:
        """Note that two truths were told of an own order, as an earlier run has heard them."""
        facts = self._own(client_order_id)
        facts.contradictions.add(text)
        return self._touched(facts)

    def merge_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> str | None:
        """Join what came of the POST."""
        facts = self._own(client_order_id)
        facts.add_outcome(outcome, at_ms)
        self._link(facts)
        return self._touched(facts)

    def merge_report(self, report: OrderReport) -> str | None:
        """Join what the venue said of an order."""
        facts = self._routed(report.client_order_id, report.order_id)
        facts.add_report(report)
        self._link(facts)
        return self._touched(facts)

    def merge_fill(self, fill: Fill) -> str | None:
        """Join one trade of an order."""
        facts = self._routed(fill.client_order_id, fill.order_id)
        facts.add_fill(fill)
        self._link(facts)
        return self._touched(facts)

    def merge_proof(self, client_order_id: str, state: OrderState) -> str | None:
        """Join what looking has proven: ``NOT_PLACED`` or ``UNPROVEN``."""
        facts = self._own(client_order_id)
        facts.proofs.add(state)
        return self._touched(facts)

    def request_cancel(self, key: str) -> str | None:
        """Note that a person asked to cancel."""
        facts = self._facts(key)
        if facts is None:
            return None
        facts.is_cancel_requested = True
        return self._touched(facts)

    def accept_cancel(self, key: str) -> str | None:
        """Note that the venue took the cancel: from now on the order is canceling until the venue names its end."""
        facts = self._facts(key)
        if facts is None:
            return None
        facts.states.add(OrderState.CANCELING)
        return self._touched(facts)

    def close(self, key: str) -> str | None:
        """Note that the venue calls the order over and has no record of how: unproven until it says more."""
        facts = self._facts(key)
        if facts is None:
            return None
        facts.is_closed = True
        return self._touched(facts)

    def sign_off(self, key: str, state: OrderState) -> str | None:
        """Note that a person settled the order in this state; another state that comes later is not settled."""
        facts = self._facts(key)
        if facts is None:
            return None
        facts.signed_off.add(state)
        return self._touched(facts)

    def mark_unrecorded(self, client_order_id: str) -> str | None:
        """Note that what came of the POST could not be written down."""
        facts = self._own(client_order_id)
        facts.is_unrecorded = True
        return self._touched(facts)

    def order_ids(self, key: str) -> tuple[str, ...]:
        """Every venue's id that was told of the order: more than one is a conflict."""
        facts = self._facts(key)
        return () if facts is None else tuple(sorted(facts.order_ids))

    def set_next_check(self, key: str, at_ms: int | None) -> str | None:
        """Note when an uncertain order is looked up next (shown, no part of the join)."""
        facts = self._facts(key)
        if facts is None:
            return None
        if at_ms is None:
            self._next_checks.pop(key, None)
        else:
            self._next_checks[key] = at_ms
        return self._touched(facts)

    def forget_finished(self, keep: int) -> None:
        """Drop the oldest finished orders beyond ``keep``, so that a long session stays bounded."""
        finished = sorted((one for one in self._each() if one[1].is_final), key=lambda one: one[1].updated_ms)
        dropped = {id(facts) for facts, _ in finished[: max(0, len(finished) - keep)]}
        self._shown = {number: order for number, order in self._shown.items() if number not in dropped}
        self._by_client_id = {key: facts for key, facts in self._by_client_id.items() if id(facts) not in dropped}
        self._by_order_id = {key: facts for key, facts in self._by_order_id.items() if id(facts) not in dropped}

    def _each(self) -> Iterator[tuple[OrderFacts, Order]]:
        distinct = {id(facts): facts for facts in (*self._by_client_id.values(), *self._by_order_id.values())}
        for facts in distinct.values():
            if (order := self._show(facts)) is not None:
                yield facts, order

    def _facts(self, key: str) -> OrderFacts | None:
        return self._by_client_id.get(key) or self._by_order_id.get(key)

    def _own(self, client_order_id: str) -> OrderFacts:
        facts = self._by_client_id.get(client_order_id)
        if facts is None:
            facts = self._by_client_id[client_order_id] = OrderFacts(client_order_id=client_order_id)
            # an id that a script gave is known as own only now: what the venue said under it before belongs here
            said = (
                order_id for order_id, other in self._by_order_id.items() if other.client_order_id == client_order_id
            )
            facts.order_ids.update(said)
            self._link(facts)
        return facts

    def _routed(self, client_order_id: str, order_id: str) -> OrderFacts:
        """Find the record that a message belongs to."""
        if client_order_id and (client_order_id in self._by_client_id or is_own(client_order_id)):
            return self._own(client_order_id)
        facts = self._by_order_id.get(order_id)
        if facts is None:
            facts = self._by_order_id[order_id] = OrderFacts()
        return facts

    def _link(self, facts: OrderFacts) -> None:
        """Let the venue's ids lead to the record; what an id-only record knew before is joined into it."""
        for order_id in facts.order_ids:
            other = self._by_order_id.get(order_id)
            if other is not None and other is not facts:
                if other.client_order_id != facts.client_order_id and other.client_order_id in self._by_client_id:
                    text = f"order {order_id} was told under two client order ids"
                    facts.contradictions.add(text)
                    other.contradictions.add(text)
                    self._shown.pop(id(other), None)
                    continue
                facts.join(other)
                self._shown.pop(id(other), None)
            self._by_order_id[order_id] = facts

    def _touched(self, facts: OrderFacts) -> str | None:
        """Show the record anew and say its key if that changed anything."""
        before = self._shown.pop(id(facts), None)
        after = self._show(facts)
        return after.key if after is not None and after != before else None

    def _show(self, facts: OrderFacts) -> Order | None:
        cached = self._shown.get(id(facts))
        if cached is None and (facts.intent is not None or facts.told):
            cached = self._shown[id(facts)] = _order(facts, self._next_checks.get(facts.client_order_id))
        return cached


def _order(facts: OrderFacts, next_check_ms: int | None) -> Order:
    """Build the immutable order: the own intent's words first, the venue's where there is none."""
    request = facts.intent.request if facts.intent is not None else None
    kind = request.type if request is not None else facts.word("type", OrderType)
    price = request.price if request is not None else facts.word("price", Decimal)
    base = facts.traded
    fills = tuple(sorted(facts.fills.values(), key=lambda fill: (fill.ts_ms, fill.trade_id)))
    spent = sum((EXACT.multiply(fill.price, fill.amount) for fill in fills), Decimal(0))
    side = request.side if request is not None else facts.word("side", Side) or Side.BUY
    state = state_of(facts)
    is_uncertain = state in {OrderState.UNCERTAIN, OrderState.SENDING}
    return Order(
        client_order_id=facts.client_order_id,
        order_id=min(facts.order_ids, default=None),
        account_id=request.account_id if request is not None else facts.word("account_id", int),
        symbol=request.symbol if request is not None else facts.word("symbol", str) or "",
        side=side,
        type=kind,
        venue_type=request.venue_type if request is not None else facts.word("venue_type", str) or "",
        state=state,
        amount=request.amount if request is not None else facts.word("amount", Decimal),
        price=None if kind is OrderType.MARKET else price,
        stop_price=request.stop_price if request is not None else facts.word("stop_price", Decimal),
        stop_operator=request.stop_operator if request is not None else facts.word("stop_operator", str),
        filled_base=base,
        filled_quote=max(facts.filled_quote, spent),
        fees=_fees(facts, base),
        created_ms=facts.intent.created_ms if facts.intent is not None else facts.created_ms or facts.updated_ms,
        updated_ms=facts.updated_ms,
        is_external=facts.intent is None and not is_own(facts.client_order_id),
        is_cancel_requested=facts.is_cancel_requested,
        cause=_cause(facts, state),
        next_check_ms=next_check_ms if is_uncertain else None,
        is_signed_off=state in facts.signed_off,
        fills=fills,
    )


def _fees(facts: OrderFacts, base: Decimal) -> Decimal | None:
    """The sum of the trades' fees where every trade is known with one currency of fee, else the venue's sum."""
    fees = [fill.fee for fill in facts.fills.values() if fill.fee is not None]
    amount = sum((fill.amount for fill in facts.fills.values()), Decimal(0))
    currencies = {fill.fee_currency for fill in facts.fills.values()}
    if fees and len(fees) == len(facts.fills) and amount == base and len(currencies) == 1:
        return sum(fees, Decimal(0))
    return facts.word("fees", Decimal)


def _cause(facts: OrderFacts, state: OrderState) -> str:
    """Why it is as it is, in words."""
    cause = _reason(facts, state)
    return "; ".join(filter(None, (cause, _UNRECORDED))) if facts.is_unrecorded else cause


def _reason(facts: OrderFacts, state: OrderState) -> str:
    if state is OrderState.CONFLICT:
        return _contradictions(facts)
    if facts.refusals and state in {OrderState.REFUSED, OrderState.NOT_SENT}:
        return min(refusal.text or refusal.code for refusal in facts.refusals)
    if state is OrderState.UNCERTAIN:
        return min(facts.doubts, default="")
    if state is OrderState.UNPROVEN and facts.is_closed:
        return _CLOSED
    return facts.word("cause", str) or ""


def _contradictions(facts: OrderFacts) -> str:
    told = sorted(facts.contradictions)
    told += [f"the exchange reports another {name.replace('_', ' ')} than was asked for" for name in facts.differences]
    if len(facts.order_ids) > 1:
        ids = ", ".join(sorted(facts.order_ids))
        told.append(f"the exchange has {len(facts.order_ids)} orders under one client order id: {ids}")
    return "; ".join(told) or "what is known of the order does not fit together"
