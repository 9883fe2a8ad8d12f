"""The venue: accepts, matches, fills and cancels, and tells listeners in the order in which HTX would."""

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Protocol

from hbtui.sim import private_events as tell
from hbtui.sim.accounts import Accounts
from hbtui.sim.codes import Refused, not_enough
from hbtui.sim.exact import ZERO, minus, times
from hbtui.sim.kept_orders import KeptOrders
from hbtui.sim.ledger import Ledger, NotEnough
from hbtui.sim.market import Market
from hbtui.sim.matching import Match, SelfMatch, planned, quantity
from hbtui.sim.options import Options
from hbtui.sim.orders import STATE_NUMBERS, Fill, Order, OrderRequest
from hbtui.sim.recorder import Recorder
from hbtui.sim.rules import check_limits, read_request
from hbtui.sim.stops import failure_of, is_hit
from hbtui.sim.symbols import PAIRS
from hbtui.sim.tape import Trade
from hbtui.sim.wire import JsonObject

__all__ = ["Listener", "Venue"]

_DUST = Decimal("1e-12")
_IDLE_MS = 5000
_LOOKUP_MS = 2 * 3600 * 1000


class Listener(Protocol):
    """Who is told about orders and money; called in HTX's order: order, then account, then clearing."""

    def __call__(self, topic: str, scope: str, data: JsonObject) -> None:
        """Take one event: topic ``orders``, ``accounts`` or ``clearing``; scope is the symbol or the currency."""
        ...


class Venue:
    """All markets, orders and money of one embedded exchange. Not thread-safe: it lives on the server's loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.now = options.clock
        self.started_ms = self.now()
        self.accounts = Accounts(
            options.balances, options.margin_balances, options.cross_balances, options.c2c_balances
        )
        self.recorder = Recorder(options.ledger_file)
        self._kept = KeptOrders(options.kept_orders)
        self.orders = self._kept.by_id
        self.market_status = options.market_status
        self.listeners: list[Listener] = []
        self.watchers: list[Callable[[str, list[Trade]], None]] = []
        self.fills: deque[tuple[Order, Fill]] = deque(maxlen=100_000)
        self.cancel_all_at_ms = 0
        self._markets: dict[str, Market] = {}
        self._next_id = self.started_ms * 1000

    @property
    def ledger(self) -> Ledger:
        """The spot account's."""
        return self.accounts.spot.ledger

    def market(self, symbol: str) -> Market:
        """The market of a symbol that exists; made when first asked for."""
        market = self._markets.get(symbol)
        if market is None:
            stopped = self.started_ms if self.options.frozen else None
            market = self._markets[symbol] = Market(PAIRS[symbol], self.options.seed, stopped)
            market.seen_ms = self.now()
        return market

    def waiting_symbols(self) -> set[str]:
        """The symbols in which an order waits for the market."""
        return {symbol for symbol, market in self._markets.items() if market.is_waited_for}

    def by_client_id(self, client_order_id: str) -> Order | None:
        """The latest order with this client id (HTX docs: duplicates are accepted, the latest is acted on)."""
        return self._kept.find(client_order_id)

    def is_queryable(self, order: Order) -> bool:
        """Whether reads still know the order: cancelled ones without fills are forgotten after two hours."""
        return order.state != "canceled" or self.now() - order.canceled_ms < _LOOKUP_MS

    def open_orders(self) -> list[Order]:
        """Everything that is not final, newest first."""
        return self._kept.open()

    def place(self, body: JsonObject) -> Order:
        """Accept an order or raise ``Refused``; by the return everything that follows at once has happened."""
        self.recorder.arrived(body, self.now())
        try:
            return self._accept(_checked(self, body))
        except Refused:
            self.recorder.refused(body, self.now())
            raise

    def cancel(self, order: Order, source: str = "api") -> None:
        """Cancel an order; raises ``Refused`` with ``order-state`` when there is nothing left to cancel."""
        if self.market_status == 2:
            raise Refused("cancel-disabled", "Cancellation is disabled")
        self.advance(order.request.pair.symbol)
        if order.is_final:
            state = STATE_NUMBERS[order.state]
            raise Refused("order-orderstate-error", "Incorrect order state", order_state=state)
        self._cancel(order, source, self.now(), untriggered=order.state == "created")

    def cancel_many(self, orders: Iterable[Order], source: str = "api") -> int:
        """Cancel all that still can be; says how many."""
        done = 0
        for order in list(orders):
            try:
                self.cancel(order, source)
                done += 1
            except Refused:
                # It filled meanwhile, or the market is halted: then there is nothing to count.
                continue
        return done

    def advance(self, symbol: str) -> None:
        """Let the market come up to now, filling and triggering whatever it meets."""
        market, now = self.market(symbol), self.now()
        if not market.is_waited_for:
            market.seen_ms = max(market.seen_ms, now - _IDLE_MS)
        trades = market.tape.synthetic(market.seen_ms, now)
        market.seen_ms = max(market.seen_ms, now)
        for trade in trades:
            market.publish(self.watchers, trade)
            self._meet(market, trade)
            self._trigger(market, trade.price)

    def print_trade(self, symbol: str, price: Decimal, amount: Decimal, *, buy: bool) -> None:
        """Let an outside taker trade: it meets users' orders at or beyond its price first, the market with the rest."""
        self.advance(symbol)
        market, now, left = self.market(symbol), self.now(), amount
        for order in market.resting.reached(price, by_sell=not buy):
            size = min(left, order.remaining)
            if size > ZERO:
                self._trade(market, Match(order.request.price or price, size, order), None, now)
                left = minus(left, size)
        if left > ZERO:
            market.publish(self.watchers, market.tape.cause(now, price, left, buy=buy))
        market.touched()
        self._trigger(market, price)

    def fill(self, order: Order) -> None:
        """Let an outside taker fill the rest of a resting order, at its price; nothing happens to any other order."""
        if order.state in {"submitted", "partial-filled"} and order.request.price is not None:
            market = self.market(order.request.pair.symbol)
            self._trade(market, Match(order.request.price, order.remaining, order), None, self.now())

    def keep_time(self) -> None:
        """Do what is due by the clock: the dead man's switch."""
        if 0 < self.cancel_all_at_ms <= self.now():
            self.cancel_all_at_ms = 0
            self.cancel_many(self.open_orders(), "timeout-canceled-order")

    def _accept(self, request: OrderRequest) -> Order:
        now = self.now()
        try:
            self.accounts[request.account_id].ledger.freeze(request.frozen_currency, request.needs)
        except NotEnough as error:
            raise not_enough(error.left) from error
        self._next_id = max(self._next_id + 1, now * 1000)
        order = Order(self._next_id, request, now, frozen=request.needs, updated_ms=now)
        self._kept.add(order)
        self.recorder.accepted(order)
        market = self.market(request.pair.symbol)
        if request.stop_price is not None:
            market.stops.append(order)
            self._tell_account(order, request.frozen_currency, "order.place", now)
        else:
            self._submit(market, order, now)
        return order

    def _submit(self, market: Market, order: Order, now: int) -> None:
        request = order.request
        order.state = "submitted"
        self._tell("orders", market, tell.creation(order))
        if request.stop_price is None:
            self._tell_account(order, request.frozen_currency, "order.place", now)
        levels = market.around(now)[1 if request.buy else 0]
        makers = market.resting.side(buys=not request.buy)
        try:
            matches = planned(order, levels, makers)
            self_matched = False
        except SelfMatch as stop:
            matches, self_matched = stop.before, True
        ending = _ending(order, matches, self_matched=self_matched)
        if ending in {"fok", "limit_maker"}:
            matches = []
        for match in matches:
            self._trade(market, match, order, now)
        if order.is_final:
            return
        if ending is not None:
            self._cancel(order, ending, now)
        else:
            order.queue_ahead = market.ahead(request.price or ZERO, now, buys=request.buy)
            market.resting.add(order)
        market.touched()

    def _meet(self, market: Market, trade: Trade) -> None:
        """Let a synthetic trade consume the queues in front of users' orders, then the orders themselves."""
        left = trade.amount
        for by_sell in (True, False):
            for order in market.resting.reached(trade.price, by_sell=by_sell):
                size = order.remaining
                if order.request.price == trade.price:
                    ahead = min(order.queue_ahead, left)
                    order.queue_ahead = minus(order.queue_ahead, ahead)
                    left = minus(left, ahead)
                    size = min(size, left)
                    left = minus(left, size)
                if size > ZERO:
                    price = order.request.price or trade.price
                    self._trade(market, Match(price, size, order), None, trade.time_ms)

    def _trade(self, market: Market, match: Match, taker: Order | None, now: int) -> None:
        maker_buys = match.maker is not None and match.maker.request.buy
        buy = taker.request.buy if taker is not None else not maker_buys
        printed = market.tape.cause(now, match.price, match.amount, buy=buy)
        if match.maker is None:
            market.book.take(match.price, match.amount, market.step(now), ask=buy)
        market.touched()
        market.publish(self.watchers, printed)
        for order in (taker, match.maker):
            if order is not None:
                self._fill(market, order, printed, is_taker=order is taker)

    def _fill(self, market: Market, order: Order, trade: Trade, *, is_taker: bool) -> None:
        request, pair = order.request, market.pair
        value = times(trade.amount, trade.price)
        received, earned = (pair.base, trade.amount) if request.buy else (pair.quote, value)
        fee = times(earned, self.options.fee_rate)
        self._next_id += 1
        fill = Fill(
            self._next_id, trade.id, trade.id, trade.price, trade.amount, fee, received, is_taker, trade.time_ms
        )
        order.add(fill)
        self.fills.append((order, fill))
        paid = value if request.buy else trade.amount
        ledger = self.accounts[request.account_id].ledger
        ledger.pay(request.frozen_currency, paid)
        ledger.receive(received, earned, fee)
        order.frozen = minus(order.frozen, paid)
        order.state = "filled" if order.remaining < _DUST else "partial-filled"
        self.recorder.filled(order, fill)
        self._tell("orders", market, tell.trade(order, fill))
        self._tell_account(order, request.frozen_currency, "order.match", trade.time_ms)
        self._tell_account(order, received, "order.match", trade.time_ms)
        self._refund(market, order, trade)
        self._tell("clearing", market, tell.clearing(order, fill))

    def _refund(self, market: Market, order: Order, trade: Trade) -> None:
        """Give back what a better price saved, and end a filled order."""
        request = order.request
        needed = ZERO
        if order.state == "filled":
            order.finished_ms = trade.time_ms
            market.resting.remove(order)
        elif request.spends or not request.buy:
            needed = order.remaining
        else:
            needed = times(order.remaining, request.price or ZERO)
        spare = minus(order.frozen, needed)
        if spare > ZERO:
            self.accounts[request.account_id].ledger.release(request.frozen_currency, spare)
            order.frozen = needed
            self._tell_account(order, request.frozen_currency, "order.refund", trade.time_ms)

    def _cancel(self, order: Order, source: str, now: int, *, untriggered: bool = False) -> None:
        market = self.market(order.request.pair.symbol)
        market.resting.remove(order)
        if order in market.stops:
            market.stops.remove(order)
        market.touched()
        order.state = "partial-canceled" if order.fills else "canceled"
        order.canceled_source = source
        order.canceled_ms = order.finished_ms = order.updated_ms = now
        self.recorder.cancelled(order)
        self._tell("orders", market, tell.deletion(order) if untriggered else tell.cancellation(order))
        self._release(order, now)
        self._tell("clearing", market, tell.clearing_cancellation(order))

    def _release(self, order: Order, now: int) -> None:
        """Give back everything that an order that has ended still sets aside."""
        if order.frozen:
            self.accounts[order.request.account_id].ledger.release(order.request.frozen_currency, order.frozen)
            order.frozen = ZERO
            self._tell_account(order, order.request.frozen_currency, "order.cancel", now)

    def _trigger(self, market: Market, price: Decimal) -> None:
        for order in [stop for stop in market.stops if is_hit(stop.request, price)]:
            market.stops.remove(order)
            now = order.updated_ms = self.now()
            failure = failure_of(order, price, self.orders.values(), halted=self.market_status != 1)
            if failure is None:
                self._submit(market, order, now)
                continue
            order.state = "rejected"
            order.finished_ms = now
            self.recorder.rejected(order)
            self._tell("orders", market, tell.failure(order, *failure))
            self._release(order, now)

    def _tell(self, topic: str, market: Market, data: JsonObject) -> None:
        _tell_all(self.listeners, topic, market.pair.symbol, data)

    def _tell_account(self, order: Order, currency: str, change: str, now: int) -> None:
        account = self.accounts[order.request.account_id]
        data = tell.account_update(currency, account.ledger.balance(currency), account.id, change, now)
        _tell_all(self.listeners, "accounts", currency, data)


def _checked(venue: Venue, body: JsonObject) -> OrderRequest:
    request = read_request(body, venue.accounts)
    if venue.market_status != 1:
        raise Refused("order-disabled", "Order placement is disabled")
    venue.advance(request.pair.symbol)
    last = venue.market(request.pair.symbol).tape.last(venue.now()).price
    check_limits(request, last)
    if request.stop_price is not None and is_hit(request, last):
        raise Refused("order-stop-order-hit-trigger", "stop order hit trigger")
    if venue.options.unique_client_ids and venue.by_client_id(request.client_order_id):
        raise Refused("invalid-client-order-id", "invalid.client.order.id (NT)")
    return request


def _tell_all(listeners: Iterable[Listener], topic: str, scope: str, data: JsonObject) -> None:
    for listener in list(listeners):
        listener(topic, scope, data)


def _ending(order: Order, matches: list[Match], *, self_matched: bool) -> str | None:
    """Why the order will not rest, in HTX's words for the source of a cancellation; ``None`` when it rests."""
    kind = order.request.kind
    if kind.endswith("fok"):
        return None if quantity(matches) >= order.remaining else "fok"
    if kind == "limit-maker" and (matches or self_matched):
        return "limit_maker"
    if self_matched:
        return "self_match_prevent"
    return kind if kind in {"market", "ioc"} else None
