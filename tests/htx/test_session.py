"""The market socket's protocol as scripts: bytes in, events and frames out, no socket, no clock."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.session import MarketSession, Moment
from hbtui.model.candle import Period
from hbtui.model.events import (
    BookStale,
    BookUpdated,
    CandleUpdated,
    FrameDropped,
    Link,
    QuotesUpdated,
    QuoteUpdated,
    SubscriptionRefused,
    Topic,
    TopicKind,
    TradesPrinted,
)
from tests.htx.frames import AT, ack, later, packed, push, sent

CANDLES = Topic(TopicKind.CANDLES, "btcusdt", Period.MINUTE)
DEPTH = Topic(TopicKind.DEPTH, "btcusdt")
TRADES = Topic(TopicKind.TRADES, "btcusdt")
QUOTE = Topic(TopicKind.QUOTE, "btcusdt")
QUOTES = Topic(TopicKind.QUOTES)
BOOK = Topic(TopicKind.BOOK, "btcusdt")
KLINE = {"id": 1700000040, "open": 1, "close": 2, "low": 1, "high": 2, "amount": 3, "vol": 4, "count": 5}
DAY = {"id": 1, "low": 1, "high": 3, "open": 2, "close": 2.5, "vol": 9, "amount": 4, "version": 1, "count": 7}


def _live(*topics: Topic, link: Link = Link.MARKET) -> MarketSession:
    """A session whose topics are all confirmed."""
    session = MarketSession(link)
    session.watch(topics)
    session.opened(AT)
    asked = sent(session.outgoing(AT.now_s))
    assert session.receive([ack(frame) for frame in asked], AT) == []
    assert session.is_synced
    return session


def _trade(number: int, *, ts: int = 1, price: float = 5) -> dict[str, object]:
    return {"id": 10**26 + number, "ts": ts, "tradeId": number, "amount": 1, "price": price, "direction": "buy"}


def test_what_is_watched_is_subscribed_one_topic_a_frame() -> None:
    """Each topic has HTX's own name and a frame of its own; only confirmation makes the session synced."""
    session = MarketSession(Link.MARKET)
    session.watch({CANDLES, DEPTH, TRADES, QUOTE, QUOTES, BOOK})
    session.opened(AT)
    asked = sent(session.outgoing(AT.now_s))
    assert {frame["sub"] for frame in asked} == {
        "market.btcusdt.kline.1min",
        "market.btcusdt.depth.step0",
        "market.btcusdt.trade.detail",
        "market.btcusdt.detail",
        "market.tickers",
        "market.btcusdt.mbp.150",
    }
    assert len({frame["id"] for frame in asked}) == 6
    session.receive([ack(frame) for frame in asked[:-1]], AT)
    assert not session.is_synced
    session.receive([ack(asked[-1])], AT)
    assert session.is_synced


def test_what_htx_does_not_serve_is_not_asked_for() -> None:
    """Bars of one second are built here, and a name that is no symbol never reaches the wire."""
    session = MarketSession(Link.MARKET)
    session.watch({Topic(TopicKind.CANDLES, "btcusdt", Period.SECOND), Topic(TopicKind.TRADES, "../x")})
    session.opened(AT)
    assert session.outgoing(AT.now_s) == []
    assert session.is_idle


def test_a_ping_is_answered_with_its_own_number() -> None:
    """The pong repeats the ping's integer, and the latency is measured on the venue's clock."""
    session = _live(CANDLES)
    session.receive([packed({"ping": AT.venue_ms - 34})], AT)
    assert sent(session.outgoing(AT.now_s)) == [{"pong": AT.venue_ms - 34}]
    assert session.latency_ms == 34


def test_a_changed_watch_is_a_difference() -> None:
    """Only what is new is subscribed and only what is gone is left; what stays is not touched."""
    session = _live(CANDLES, TRADES)
    session.watch({CANDLES, DEPTH})
    frames = sent(session.outgoing(AT.now_s))
    assert [frame.get("unsub") for frame in frames if "unsub" in frame] == ["market.btcusdt.trade.detail"]
    assert [frame.get("sub") for frame in frames if "sub" in frame] == ["market.btcusdt.depth.step0"]
    late = push("market.btcusdt.trade.detail", {"id": 1, "ts": 1, "data": [_trade(1)]})
    assert session.receive([late], AT) == []
    session.receive([ack(frame) for frame in frames], AT)
    assert session.is_synced


def test_a_new_connection_begins_from_nothing() -> None:
    """After a reconnect everything is subscribed again, and old acknowledgements mean nothing."""
    session = _live(CANDLES, TRADES)
    session.opened(later(60))
    assert not session.is_synced
    assert {frame["sub"] for frame in sent(session.outgoing(160))} == {
        "market.btcusdt.kline.1min",
        "market.btcusdt.trade.detail",
    }


def test_a_refused_topic_is_said_and_not_repeated() -> None:
    """An error has only its id; the topic it belongs to is refused in HTX's cleaned words."""
    session = MarketSession(Link.MARKET)
    wrong = Topic(TopicKind.TRADES, "nosuchpair")
    session.watch({wrong, CANDLES})
    session.opened(AT)
    by_topic = {frame["sub"]: frame for frame in sent(session.outgoing(AT.now_s))}
    refused = {
        "status": "error",
        "ts": 1,
        "id": by_topic["market.nosuchpair.trade.detail"]["id"],
        "err-code": "bad-request",
        "err-msg": "invalid symbol \x1b[2J[/x]",
    }
    events = session.receive([packed(refused), ack(by_topic["market.btcusdt.kline.1min"])], AT)
    assert events == [SubscriptionRefused(wrong, "invalid symbol ·[2J[/x]")]
    assert session.is_synced
    session.watch({wrong, CANDLES})
    assert session.outgoing(AT.now_s) == []
    session.opened(later(10))
    assert len(session.outgoing(110)) == 2


def test_too_many_topics_wait_and_ask_again() -> None:
    """A 429 on a subscription is not a refusal of the topic."""
    session = MarketSession(Link.MARKET)
    session.watch({CANDLES})
    session.opened(AT)
    (asked,) = sent(session.outgoing(AT.now_s))
    busy = {"status": "error", "id": asked["id"], "err-code": "bad-request", "err-msg": "429 too many request"}
    assert session.receive([packed(busy)], AT) == []
    assert session.outgoing(AT.now_s + 0.5) == []
    assert sent(session.outgoing(AT.now_s + 1.0))[0]["sub"] == asked["sub"]


def test_an_unanswered_subscription_breaks_the_connection() -> None:
    """Ten seconds without an answer, and a new connection is tried."""
    session = MarketSession(Link.MARKET)
    session.watch({CANDLES})
    session.opened(AT)
    session.outgoing(AT.now_s)
    session.outgoing(AT.now_s + 9.9)
    assert session.broken == ""
    session.outgoing(AT.now_s + 10)
    assert session.broken == "a subscription was not answered"


def test_bars_arrive_one_by_one() -> None:
    """The last push of a bar and the first of the next both arrive, in their order."""
    session = _live(CANDLES)
    channel = "market.btcusdt.kline.1min"
    events = session.receive([push(channel, KLINE), push(channel, KLINE | {"id": 1700000100}, 6)], AT)
    assert all(isinstance(event, CandleUpdated) for event in events)
    assert [(e.candle.open_ms, e.ts_ms) for e in events if isinstance(e, CandleUpdated)] == [
        (1_700_000_040_000, 5),
        (1_700_000_100_000, 6),
    ]
    assert isinstance(events[0], CandleUpdated)
    assert (events[0].symbol, events[0].period) == ("btcusdt", Period.MINUTE)


def test_of_many_images_the_last_counts() -> None:
    """A flood of depth images and quotes comes to one event each."""
    session = _live(DEPTH, QUOTE)
    frames = [
        push("market.btcusdt.depth.step0", {"bids": [[n, 1]], "asks": [], "ts": n, "version": n}) for n in (1, 2, 3)
    ]
    frames += [push("market.btcusdt.detail", DAY | {"close": n}) for n in (7, 8)]
    events = session.receive(frames, AT)
    assert len(events) == 2
    book = next(event for event in events if isinstance(event, BookUpdated)).book
    assert (book.bids[0].price, book.sequence, book.ts_ms) == (Decimal(3), 3, 3)
    quote = next(event for event in events if isinstance(event, QuoteUpdated)).quote
    assert (quote.last, quote.open, quote.bid) == (Decimal(8), Decimal(2), None)


def test_all_symbols_at_once() -> None:
    """The list of all lies under ``data``; a row that cannot be does not hide the others."""
    session = _live(QUOTES)
    rows = [{"symbol": "btcusdt", "open": 1, "close": 2}, {"symbol": "../x", "close": 1}, {"symbol": "ethusdt"}]
    (event,) = session.receive([packed({"ch": "market.tickers", "status": "ok", "ts": 9, "data": rows})], AT)
    assert isinstance(event, QuotesUpdated)
    assert [quote.symbol for quote in event.quotes] == ["btcusdt", "ethusdt"]
    assert event.quotes[0].ts_ms == 9


def test_trades_are_told_once_and_oldest_first() -> None:
    """A batch's trades come together; what HTX repeats on every subscription is known by its id."""
    session = _live(TRADES)
    channel = "market.btcusdt.trade.detail"
    first = push(channel, {"id": 1, "ts": 1, "data": [_trade(12, ts=20), _trade(11, ts=20)]})
    second = push(channel, {"id": 2, "ts": 2, "data": [_trade(10, ts=10), _trade(11, ts=20)]})
    (event,) = session.receive([first, second], AT)
    assert isinstance(event, TradesPrinted)
    assert [trade.trade_id for trade in event.trades] == [10, 11, 12]
    session.opened(later(5))
    session.receive([ack(frame) for frame in sent(session.outgoing(105))], later(5))
    assert session.receive([first], later(5)) == []
    (event,) = session.receive([push(channel, {"id": 3, "ts": 3, "data": [_trade(13)]})], later(5))
    assert isinstance(event, TradesPrinted)


def _change(seq: int, price: float = 100, amount: float = 1) -> bytes:
    tick = {"seqNum": seq, "prevSeqNum": seq - 1, "bids": [[price, amount]], "asks": []}
    return push("market.btcusdt.mbp.150", tick, ts=seq)


def _image(asked: str, seq: int) -> bytes:
    data = {"seqNum": seq, "bids": [[99, 1]], "asks": [[101, 1]]}
    return packed({"id": asked, "rep": "market.btcusdt.mbp.150", "status": "ok", "data": data})


def test_the_book_from_changes_and_an_image() -> None:
    """Changes are kept, an image asked for on the same connection, and one book a batch is shown."""
    session = _live(BOOK, link=Link.BOOK)
    (request,) = sent(session.outgoing(AT.now_s))
    assert request["req"] == "market.btcusdt.mbp.150"
    assert session.receive([_change(5), _change(6)], AT) == []
    (event,) = session.receive([_image(request["id"], 5)], AT)
    assert isinstance(event, BookUpdated)
    assert [int(level.price) for level in event.book.bids] == [100, 99]
    (event,) = session.receive([_change(7, 98), _change(8, 97), _change(9, 96)], AT)
    assert isinstance(event, BookUpdated)
    assert (event.book.sequence, len(event.book.bids), event.book.ts_ms) == (9, 5, 9)


def test_a_hole_in_the_changes_is_stale_until_a_new_image() -> None:
    """The gap is said, an image asked for again, and no book is shown in between."""
    session = _live(BOOK, link=Link.BOOK)
    (request,) = sent(session.outgoing(AT.now_s))
    session.receive([_image(request["id"], 5)], AT)
    events = session.receive([_change(6), _change(9)], later(1))
    assert [type(event) for event in events] == [BookStale]
    (again,) = sent(session.outgoing(later(1).now_s))
    assert session.receive([_change(10)], later(1.1)) == []
    (event,) = session.receive([_image(again["id"], 8)], later(1.2))
    assert isinstance(event, BookUpdated)
    assert event.book.sequence == 10


def test_a_refused_image_is_asked_for_later() -> None:
    """An error to the request leaves the subscription alone."""
    session = _live(BOOK, link=Link.BOOK)
    (request,) = sent(session.outgoing(AT.now_s))
    refusal = {"id": request["id"], "status": "error", "err-code": "bad-request", "err-msg": "busy", "ts": 1}
    assert session.receive([packed(refusal)], AT) == []
    assert session.outgoing(AT.now_s + 0.9) == []
    assert len(session.outgoing(AT.now_s + 1.1)) == 1
    assert session.is_synced


def test_requests_keep_100_ms_between_them() -> None:
    """However many images and spans are wanted, one request leaves at a time."""
    topics = [Topic(TopicKind.BOOK, f"sym{n}usdt") for n in range(3)]
    session = _live(*topics)
    session.request("market.btcusdt.kline.1min", 0, 60)
    seen = [len(session.outgoing(AT.now_s + step)) for step in (0, 0.05, 0.1, 0.15, 0.2, 0.31, 0.45)]
    assert seen == [1, 0, 1, 0, 1, 1, 0]


def test_a_lost_connection_makes_the_book_stale() -> None:
    """What was kept by changes cannot be trusted across a hole."""
    session = _live(BOOK, link=Link.BOOK)
    assert session.lost() == []
    (request,) = sent(session.outgoing(AT.now_s))
    session.receive([_image(request["id"], 5)], AT)
    (event,) = session.lost()
    assert isinstance(event, BookStale)
    session.opened(later(1))
    assert session.lost() == []


def test_a_span_of_bars_is_answered_by_its_id() -> None:
    """``req`` carries from and to in seconds; the reply is kept for whoever asked."""
    session = _live(CANDLES)
    name = session.request("market.btcusdt.kline.1min", 1501174800, 1501174860)
    (frame,) = sent(session.outgoing(AT.now_s))
    assert frame == {"req": "market.btcusdt.kline.1min", "id": name, "from": 1501174800, "to": 1501174860}
    answer = {"id": name, "rep": "market.btcusdt.kline.1min", "status": "ok", "data": [KLINE]}
    assert session.receive([packed(answer)], AT) == []
    ((who, reply),) = session.replies
    assert who == name
    assert json.loads(bytes(reply.data)) == [KLINE]


JUNK: dict[str, str | bytes] = {
    "text frame": '{"ping":1}',
    "not gzip": b"hello",
    "cut gzip": packed({"ping": 1})[:-5],
    "damaged gzip": packed({"ping": 1})[:-8] + b"\x00" * 8,
    "two frames in one": packed({"ping": 1}) * 2,
    "not json": packed("<html>"),
    "not utf-8": packed(b'{"ch":"\xff"}'),
    "deep": packed("[" * 100_000 + "]" * 100_000),
    "deep tick": packed('{"ch":"market.btcusdt.kline.1min","tick":' + '{"id":' * 50_000 + "1" + "}" * 50_000 + "}"),
    "array": packed([1, 2]),
    "number": packed("5"),
    "nan": packed('{"ch":"market.btcusdt.kline.1min","ts":1,"tick":{"id":NaN}}'),
    "long int": packed('{"ping":' + "9" * 5000 + "}"),
    "unknown topic": push("market.ethusdt.kline.1min", KLINE),
    "unknown kind": packed({"hello": 1}),
    "missing fields": push("market.btcusdt.kline.1min", {"id": 1}),
    "endless number": packed(
        '{"ch":"market.btcusdt.kline.1min","ts":1,"tick":'
        + json.dumps(KLINE).replace('"open": 1', '"open": 1e999999999')
        + "}"
    ),
    "bomb": packed(b'{"ping":' + b" " * (5 << 20) + b"1}"),
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_on_the_wire_is_counted_and_forgotten(name: str) -> None:
    """A frame that cannot be read is one FrameDropped in clean words, and the next good frame is served."""
    session = _live(CANDLES)
    (dropped,) = session.receive([JUNK[name]], AT)
    assert isinstance(dropped, FrameDropped)
    assert dropped.link is Link.MARKET
    assert dropped.reason.isprintable()
    assert session.broken == ""
    events = session.receive([push("market.btcusdt.kline.1min", KLINE)], AT)
    assert [type(event) for event in events] == [CandleUpdated]


def test_five_unreadable_frames_in_a_row_break_the_connection() -> None:
    """Four are bad luck and a good frame ends the count; five in a row and the line is not HTX's any more."""
    session = _live(CANDLES)
    good = push("market.btcusdt.kline.1min", KLINE)
    session.receive([b"x"] * 4 + [good] + [b"x"] * 4, AT)
    assert session.broken == ""
    session.receive([b"x"], AT)
    assert session.broken == "five frames in a row could not be read"
    session.opened(AT)
    assert session.broken == ""


def test_an_unreadable_image_is_dropped_too() -> None:
    """Images are read at the end of a batch; one that cannot be read is counted like any frame."""
    session = _live(DEPTH)
    events = session.receive([push("market.btcusdt.depth.step0", {"bids": [[-1, 1]], "asks": []})], AT)
    assert [type(event) for event in events] == [FrameDropped]


@given(st.lists(st.binary(max_size=60) | st.text(max_size=60).map(packed) | st.text(max_size=20), max_size=8))
def test_no_bytes_raise(frames: list[bytes | str]) -> None:
    """Whatever arrives, the session answers with events and never with an exception."""
    session = _live(CANDLES, BOOK)
    session.receive(frames, Moment(1, 1.0))


_FIELDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


@given(
    st.dictionaries(
        st.sampled_from(["ch", "tick", "ts", "ping", "rep", "id", "data", "status", "subbed", "err-msg"]), _FIELDS
    )
)
def test_no_json_raises(frame: dict[str, object]) -> None:
    """Known names with values of any kind are read or dropped, never a crash."""
    session = _live(CANDLES, BOOK)
    session.receive([packed(frame), packed(frame | {"ch": "market.btcusdt.mbp.150"})], AT)
