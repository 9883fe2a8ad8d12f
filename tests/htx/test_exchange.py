"""The whole client on the embedded exchange: every call of the port, both feeds, an order's life from either side."""

from decimal import Decimal

import pytest

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.candle import Period
from hbtui.model.errors import AuthenticationError, NotFound
from hbtui.model.events import (
    BalanceChanged,
    BookUpdated,
    CandleUpdated,
    Link,
    LinkChanged,
    LinkState,
    OrderFilled,
    OrderUpdated,
    QuotesUpdated,
    QuoteUpdated,
    SubscriptionRefused,
    Topic,
    TopicKind,
    TradesPrinted,
)
from hbtui.model.order import Accepted, CancelAnswer, OrderState, OrderType, Refused, Side, Unknown
from hbtui.model.secret import Credentials, Secret
from tests.htx.opened import intent
from tests.htx.pair import PAIR, both, is_live, listening
from tests.support.eventually import eventually
from tests.support.exchange import running_exchange

D = Decimal


async def test_every_public_read() -> None:
    """Clock, state, pairs, bars, quotes, book and trades are read, and are consistent among themselves."""
    async with both() as (_, exchange, _account):
        await exchange.server_time_ms()
        assert exchange.clock_offset_ms is not None
        assert abs(exchange.clock_offset_ms) < 5000
        assert (await exchange.market_status()).takes_orders
        pairs = {pair.symbol: pair for pair in await exchange.instruments()}
        assert len(pairs) >= 12
        assert pairs[PAIR].is_tradable
        bars = await exchange.candles(PAIR, Period.MINUTE, 50)
        assert len(bars) == 50
        assert all(bar.is_sound() for bar in bars)
        assert [bar.open_ms for bar in bars] == sorted(bar.open_ms for bar in bars)
        quote = await exchange.quote(PAIR)
        assert quote.bid is not None
        assert quote.ask is not None
        assert quote.bid < quote.ask
        assert PAIR in {listed.symbol for listed in await exchange.quotes()}
        book = await exchange.book(PAIR, 5)
        assert (len(book.bids), len(book.asks)) == (5, 5)
        assert await exchange.trades(PAIR, 20)
        with pytest.raises(NotFound):
            await exchange.quote("nosuchpair")


@pytest.mark.parametrize("period", [period for period in Period if period.is_from_venue])
async def test_bars_of_every_period(period: Period) -> None:
    """Each period is served under HTX's name and opens where this program says that it opens."""
    async with running_exchange() as venue:
        async with HtxExchange.open(Hosts.loopback(venue.rest), None) as exchange:
            for bar in await exchange.candles(PAIR, period, 5):
                assert period.open_ms(bar.open_ms) == bar.open_ms


async def test_every_signed_read() -> None:
    """Balances, fees and the key's permissions are read with the demo key."""
    async with both() as (venue, exchange, account):
        balances = {balance.currency: balance for balance in await exchange.balances(account)}
        for currency, (available, frozen) in venue.balances().items():
            if available or frozen:
                assert (balances[currency].available, balances[currency].frozen) == (available, frozen)
        (rate,) = await exchange.fee_rates([PAIR])
        assert rate.taker > 0
        info = await exchange.key_info()
        assert info is not None
        assert "trade" in info.permissions
        assert await exchange.open_orders(account) == ()


async def test_a_wrong_secret_is_said() -> None:
    """The exchange checks signatures by itself; a wrong secret and a wrong key are told apart."""
    async with running_exchange() as venue:
        hosts = Hosts.loopback(venue.rest)
        for access, secret, words in (
            (venue.access_key, "wrong", "secret key does not belong"),
            ("wrong", venue.secret_key, "does not know this access key"),
        ):
            async with HtxExchange.open(hosts, Credentials(Secret(access), Secret(secret))) as exchange:
                with pytest.raises(AuthenticationError, match=words):
                    await exchange.accounts()
                outcome = await exchange.place(intent(exchange))
                assert isinstance(outcome, Refused)


async def test_the_life_of_a_limit_order() -> None:
    """Placed, seen on the stream and by REST, filled, its fee and balance told; every source says the same."""
    async with both() as (venue, exchange, account), listening(exchange) as events:
        await eventually(lambda: is_live(events, Link.ACCOUNT))
        bid, _ = venue.best(PAIR)
        price = (bid * D("0.99")).quantize(D(1))
        meant = intent(exchange, "hb1T0LIFE", account_id=account, price=price, amount=D("0.01"))
        outcome = await exchange.place(meant)
        assert isinstance(outcome, Accepted)
        report = await exchange.order(outcome.order_id)
        assert report is not None
        assert (report.state, report.client_order_id) == (OrderState.SUBMITTED, "hb1T0LIFE")
        assert (report.amount, report.price, report.filled_base) == (D("0.01"), price, D(0))
        assert await exchange.order_by_client_id("hb1T0LIFE") == report
        assert [found.order_id for found in await exchange.open_orders(account)] == [outcome.order_id]
        assert [found.order_id for found in await exchange.open_orders(account, PAIR)] == [outcome.order_id]
        venue.print_trade(PAIR, str(price), "5")
        await eventually(lambda: [e for e in events if isinstance(e, OrderFilled)])
        pushed = [e.report for e in events if isinstance(e, OrderUpdated)]
        assert [report.state for report in pushed] == [OrderState.SUBMITTED, OrderState.FILLED]
        assert pushed[-1].filled_base == D("0.01")
        (fill,) = await exchange.fills_of(outcome.order_id)
        cleared = next(e.fill for e in events if isinstance(e, OrderFilled))
        assert (fill.trade_id, fill.price, fill.amount) == (cleared.trade_id, cleared.price, cleared.amount)
        assert (fill.fee, fill.fee_currency, fill.is_maker) == (cleared.fee, "btc", True)
        assert [e for e in events if isinstance(e, BalanceChanged)]
        now = await exchange.server_time_ms()
        first, last = now - 86_400_000, now + 60_000
        assert [found.order_id for found in await exchange.finished_orders(start_ms=first, end_ms=last)] == [
            outcome.order_id
        ]
        assert [found.order_id for found in await exchange.searched_orders(PAIR, start_ms=first, end_ms=last)] == [
            outcome.order_id
        ]
        assert [found.trade_id for found in await exchange.fills(start_ms=first, end_ms=last)] == [fill.trade_id]


async def test_a_market_buy_spends_a_value() -> None:
    """The amount of a market buy is money, on the way out, on the stream and when read back."""
    async with both() as (_venue, exchange, account), listening(exchange) as events:
        await eventually(lambda: is_live(events, Link.ACCOUNT))
        meant = intent(exchange, "hb1T0MKT", account_id=account, type=OrderType.MARKET, amount=D(50), price=None)
        outcome = await exchange.place(meant)
        assert isinstance(outcome, Accepted)
        await eventually(
            lambda: [e for e in events if isinstance(e, OrderUpdated) and e.report.state is OrderState.FILLED]
        )
        last = [e.report for e in events if isinstance(e, OrderUpdated)][-1]
        assert last.amount == D(50)
        assert last.price is None
        assert last.filled_base is None
        assert last.filled_quote is not None
        assert D(49) < last.filled_quote <= D(50)
        report = await exchange.order(outcome.order_id)
        assert report is not None
        assert report.filled_quote is not None
        assert report.filled_base is not None
        assert D(49) < report.filled_quote <= D(50)
        spent = sum((fill.price * fill.amount for fill in await exchange.fills_of(outcome.order_id)), D(0))
        assert abs(spent - report.filled_quote) < D("0.01")


async def test_cancels() -> None:
    """By either id; too late, unknown and forbidden are told apart; the final word comes from the order."""
    async with both() as (venue, exchange, account):
        price = (venue.best(PAIR)[0] * D("0.95")).quantize(D(1))
        ids = []
        for name in ("hb1T0A", "hb1T0B"):
            outcome = await exchange.place(intent(exchange, name, account_id=account, price=price))
            assert isinstance(outcome, Accepted)
            ids.append(outcome.order_id)
        assert (await exchange.cancel(ids[0], PAIR)).answer is CancelAnswer.REQUESTED
        assert (await exchange.cancel_by_client_id("hb1T0B")).answer is CancelAnswer.REQUESTED

        async def is_cancelled() -> bool:
            reports = [await exchange.order(number) for number in ids]
            return [report and report.state for report in reports] == [OrderState.CANCELED] * 2

        await eventually(is_cancelled)
        late = await exchange.cancel(ids[0], PAIR)
        assert (late.answer, late.state) == (CancelAnswer.ALREADY_FINAL, OrderState.CANCELED)
        assert (await exchange.cancel("999", PAIR)).answer is CancelAnswer.NOT_FOUND
        assert (await exchange.cancel_by_client_id("hb1T0NONE")).answer is CancelAnswer.NOT_FOUND


async def test_refusals_by_the_venue() -> None:
    """Precision, minimum, balance and symbol: proof that there is no order, each in plain words."""
    async with both() as (venue, exchange, account):
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        for changes, words in (
            ({"price": price + D("0.123456789")}, "too many digits"),
            ({"amount": D("0.0000000001")}, "too many digits|below"),
            ({"amount": D("0.000001")}, "below"),
            ({"amount": D(10_000)}, "not enough available balance|above"),
            ({"symbol": "nosuchpair"}, "does not know this pair"),
            ({"account_id": 1}, "does not know this account"),
        ):
            meant = intent(exchange, "hb1T0NO", **({"account_id": account, "price": price} | changes))
            outcome = await exchange.place(meant)
            assert isinstance(outcome, Refused), changes
            assert outcome.is_sent
            assert any(word in outcome.text for word in words.split("|")), outcome
        assert venue.orders() == []


@pytest.mark.parametrize("action", ["drop", "drop-answer", "half-answer", "error", "error-after"])
async def test_a_spoilt_answer_is_unknown_and_the_truth_is_found(action: str) -> None:
    """Whether the order exists is not guessed: unknown first, then the look-up by client order id decides."""
    async with both() as (venue, exchange, account):
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        venue.fault("/v1/order/orders/place", action)
        outcome = await exchange.place(intent(exchange, "hb1T0DOUBT", account_id=account, price=price))
        assert isinstance(outcome, Unknown)
        report = await exchange.order_by_client_id("hb1T0DOUBT")
        assert (report is not None) is (len(venue.orders()) == 1)
        assert len(venue.orders()) == (0 if action in {"drop", "error"} else 1)


async def test_every_topic() -> None:
    """Bars, trades, quotes, images and the kept book arrive; a pair that is not listed is refused, not silent."""
    wrong = Topic(TopicKind.TRADES, "nosuchpair")
    topics = {
        Topic(TopicKind.CANDLES, PAIR, Period.MINUTE): CandleUpdated,
        Topic(TopicKind.TRADES, PAIR): TradesPrinted,
        Topic(TopicKind.QUOTE, PAIR): QuoteUpdated,
        Topic(TopicKind.QUOTES): QuotesUpdated,
        Topic(TopicKind.BOOK, PAIR): BookUpdated,
    }
    async with both() as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({*topics, Topic(TopicKind.DEPTH, PAIR), wrong}))
        await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.BOOK))
        await eventually(lambda: {type(event) for event in events} >= set(topics.values()))
        await eventually(lambda: [e for e in events if isinstance(e, SubscriptionRefused) and e.topic == wrong])
        books = [event.book for event in events if isinstance(event, BookUpdated)]
        assert all(book.spread is not None and book.spread > 0 for book in books)
        price = str(venue.last_price(PAIR))
        venue.print_trade(PAIR, price, "0.5", "buy")
        await eventually(
            lambda: [
                trade
                for event in events
                if isinstance(event, TradesPrinted)
                for trade in event.trades
                if trade.amount == D("0.5") and trade.side is Side.BUY
            ]
        )


async def test_a_lost_change_of_the_book_is_healed() -> None:
    """One change skipped by the venue: stale, a new image, and a whole book again."""
    async with both() as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({Topic(TopicKind.BOOK, PAIR)}))
        await eventually(lambda: [e for e in events if isinstance(e, BookUpdated)])
        fault = venue.fault("mbp", "skip")
        await eventually(lambda: fault.struck)
        await eventually(lambda: "BookStale" in {type(e).__name__ for e in events})
        stale = next(at for at, event in enumerate(events) if type(event).__name__ == "BookStale")
        await eventually(lambda: [e for e in events[stale:] if isinstance(e, BookUpdated)])


async def test_a_span_of_history() -> None:
    """Bars of the past over the socket equal the bars that REST gives."""
    async with both() as (_venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({Topic(TopicKind.QUOTE, PAIR)}))
        await eventually(lambda: is_live(events, Link.MARKET))
        known = (await exchange.candles(PAIR, Period.MINUTE, 400))[:-2]
        found = await exchange.candles_between(PAIR, Period.MINUTE, start_ms=known[0].open_ms, end_ms=known[-1].open_ms)
        assert found == known


async def test_sockets_that_are_cut_come_back() -> None:
    """Both links go down and come back by themselves, with every subscription."""
    async with both() as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({Topic(TopicKind.QUOTE, PAIR)}))
        await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.ACCOUNT))
        events.clear()
        assert venue.close_sockets() >= 2
        await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.ACCOUNT))
        await eventually(lambda: [e for e in events if isinstance(e, QuoteUpdated)])


async def test_a_refused_sign_in() -> None:
    """The account's link says that it is refused, and why."""
    async with both() as (venue, exchange, _account):
        venue.fault("auth", "refuse", times=None)
        async with listening(exchange) as events:
            await eventually(
                lambda: [e for e in events if isinstance(e, LinkChanged) and e.state is LinkState.REFUSED],
            )
            assert not is_live(events, Link.ACCOUNT)
