"""Names of topics, limits of rates, and noise: the small parts alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.sim.limits import RateLimits
from hbtui.sim.market_views import stepped, wide_id
from hbtui.sim.noise import Noise, mixed
from hbtui.sim.options import Options
from hbtui.sim.periods import PERIODS
from hbtui.sim.symbols import CURRENCIES, PAIRS
from hbtui.sim.tape import Trade
from hbtui.sim.topics import InvalidTopic, MbpChannel, Topic, channel_of, topic_of
from hbtui.sim.venue import Venue
from tests.sim.venues import NOW_MS, last, venue


@pytest.mark.parametrize(
    ("name", "socket", "kind", "option"),
    [
        *[(f"market.btcusdt.kline.{period}", "ws", "kline", period) for period in PERIODS],
        *[(f"market.btcusdt.depth.step{step}", "ws", "depth", f"step{step}") for step in range(6)],
        ("market.btcusdt.trade.detail", "ws", "trade", "detail"),
        ("market.btcusdt.detail", "ws", "detail", ""),
        ("market.btcusdt.ticker", "ws", "ticker", ""),
        ("market.btcusdt.bbo", "ws", "bbo", ""),
        *[(f"market.btcusdt.mbp.{levels}", "feed", "mbp", str(levels)) for levels in (5, 20, 150, 400)],
        *[(f"market.btcusdt.mbp.refresh.{levels}", "feed", "refresh", str(levels)) for levels in (5, 10, 20)],
        ("market.btcusdt.mbp.refresh.5", "ws", "refresh", "5"),
    ],
)
def test_every_topic_of_htx_is_known(name: str, socket: str, kind: str, option: str) -> None:
    """Each documented topic is known on its socket."""
    assert topic_of(name, socket) == Topic(name, "btcusdt", kind, option)


@pytest.mark.parametrize(
    ("name", "socket"),
    [
        ("market.btcusdt.kline.1min.5", "ws"),
        ("market.btcusdt.detail.merged", "ws"),
        ("market.btcusdt.mbp.10", "feed"),
        ("market.btcusdt.mbp.refresh.150", "feed"),
        ("market.btcusdt.mbp.refresh", "feed"),
        ("market.btcusdt.mbp", "feed"),
        ("market.tickers", "feed"),
        ("market.btcusdt.bbo", "feed"),
        ("market..bbo", "ws"),
        ("market.btcusdt.bbo\n", "ws"),
        ("", "ws"),
    ],
)
def test_others_are_not(name: str, socket: str) -> None:
    """What is not documented for a socket is refused by name."""
    with pytest.raises(InvalidTopic, match="invalid topic"):
        topic_of(name, socket)


@given(st.text(max_size=60))
def test_any_text_is_a_topic_or_is_refused(name: str) -> None:
    """No name breaks the reading."""
    refused = ""
    try:
        assert topic_of(name, "ws").name == name
    except InvalidTopic as error:
        refused = str(error)
    assert len(refused) < 120


def test_an_image_is_sent_when_it_has_changed() -> None:
    """A snapshot topic says nothing twice, and something as soon as its interval has passed and a trade came."""
    clock = [NOW_MS]
    at = Venue(Options(frozen=True, clock=lambda: clock[0]))
    channel = channel_of(topic_of("market.btcusdt.kline.1min", "ws"), at)
    assert len(channel.due(clock[0])) == 1
    clock[0] += 5000
    assert channel.due(clock[0]) == []
    at.print_trade("btcusdt", last(at) + 1, Decimal(1), buy=True)
    assert len(channel.due(clock[0])) == 1
    at.print_trade("btcusdt", last(at) + 1, Decimal(1), buy=True)
    assert channel.due(clock[0] + 999) == []
    assert len(channel.due(clock[0] + 1000)) == 1


def test_tickers_come_once_a_second() -> None:
    """However often one asks."""
    channel = channel_of(topic_of("market.tickers", "ws"), venue())
    assert [len(channel.due(NOW_MS + at)) for at in (0, 999, 1000)] == [1, 0, 1]


def test_increments_chain() -> None:
    """Each names its predecessor, and nothing is sent when nothing has changed."""
    at = venue()
    channel = channel_of(topic_of("market.btcusdt.mbp.150", "feed"), at)
    assert isinstance(channel, MbpChannel)
    number = channel.snapshot(NOW_MS)["seqNum"]
    assert channel.due(NOW_MS) == []
    for step in range(1, 4):
        at.print_trade("btcusdt", last(at) + step, Decimal(1), buy=True)
        (message,) = channel.due(NOW_MS)
        tick = message["tick"]
        assert isinstance(tick, dict)
        assert tick["prevSeqNum"] == number
        number = tick["seqNum"]
        assert channel.snapshot(NOW_MS)["seqNum"] == number


def test_steps_gather_and_lose_nothing() -> None:
    """Bids go down to the coarser price, asks up, and the amounts add up."""
    bids = [(Decimal("10.09"), Decimal(1)), (Decimal("10.01"), Decimal(2)), (Decimal("9.99"), Decimal(4))]
    assert stepped(bids, 1, 2, 20, bids=True) == [(Decimal("10.0"), Decimal(3)), (Decimal("9.9"), Decimal(4))]
    asks = [(Decimal("10.11"), Decimal(1)), (Decimal("10.20"), Decimal(2)), (Decimal("10.21"), Decimal(4))]
    assert stepped(asks, 1, 2, 20, bids=False) == [(Decimal("10.2"), Decimal(3)), (Decimal("10.3"), Decimal(4))]
    assert stepped(asks, 0, 2, 2, bids=False) == asks[:2]


def test_wide_ids_have_27_digits_and_keep_their_order() -> None:
    """They are unique because the trade ids in front of them are."""
    one, other = (Trade(NOW_MS * 1000 + at, NOW_MS, Decimal(1), Decimal(1), buy=True) for at in (0, 1))
    assert len(str(wide_id(one))) == 27
    assert wide_id(one) < wide_id(other)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/v1/order/orders/place", 100),
        ("/v1/order/orders/123/submitcancel", 100),
        ("/v1/order/openOrders", 50),
        ("/v1/order/orders/123", 50),
        ("/v1/order/batch-orders", 50),
        ("/v1/order/history", 20),
        ("/v1/order/matchresults", 20),
        ("/v2/user/uid", 20),
        ("/v1/common/timestamp", 100),
        ("/market/tickers", 1800),
    ],
)
def test_limits_are_those_that_htx_publishes(path: str, limit: int) -> None:
    """So many in two seconds for each group of endpoints, and from the next window on again."""
    clock = [NOW_MS]
    limits = RateLimits(lambda: clock[0])
    left = [limits.spend(path)[0] for _ in range(limit + 1)]
    assert (left[0], left[-2], left[-1]) == (limit - 1, 0, -1)
    clock[0] += 1999
    assert limits.spend(path)[0] < 0
    clock[0] += 1
    assert limits.spend(path) == (limit - 1, clock[0] + 2000)


def test_orders_of_all_ids_share_one_group() -> None:
    """Cancelling by id is one group, whichever the id."""
    limits = RateLimits(lambda: NOW_MS)
    for number in range(100):
        limits.spend(f"/v1/order/orders/{number}/submitcancel")
    assert limits.spend("/v1/order/orders/7/submitcancel")[0] < 0


@given(st.integers(0, 2**40), st.integers(0, 2**30))
def test_noise_is_a_function(place: int, salt: int) -> None:
    """The same question has the same answer, in range; another seed or symbol has another."""
    one, other = Noise(1, "btcusdt"), Noise(1, "btcusdt")
    assert one.words(3, place) == other.words(3, place) != Noise(2, "btcusdt").words(3, place)
    assert one.word(3, place) == other.word(3, place)
    assert 0 <= mixed(place & 0xFFFF_FFFF, salt) < 2**32
    assert len(one.words(0, place)) == 32
    assert all(0 <= word < 65_536 for word in one.words(0, place))


def test_noise_is_the_same_on_every_machine() -> None:
    """Hashes, not generators: these very numbers."""
    assert Noise(1, "btcusdt").word(0, 12_345) == 562599273
    assert mixed(123, 456) == 4264059179


def test_the_pairs_make_sense() -> None:
    """At least twelve, each with minimums on its own grid, and all their currencies are there."""
    assert len(PAIRS) >= 12
    for symbol, pair in PAIRS.items():
        assert symbol == pair.base + pair.quote
        assert pair.min_amount % Decimal(1).scaleb(-pair.amount_places) == 0
        assert pair.typical_price % Decimal(1).scaleb(-pair.price_places) == 0
        assert pair.typical_ticks >= 2000
        assert pair.min_amount < pair.max_amount
        assert {pair.base, pair.quote} <= set(CURRENCIES)
