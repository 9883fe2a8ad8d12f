"""The history's own connections, against the embedded exchange over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.history import BARS_A_REQUEST, HtxBarSource
from hbtui.htx.hosts import Hosts
from hbtui.model.candle import Period
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError
from hbtui.model.series import Series, Span
from tests.support.exchange import RunningExchange, running_exchange

DOGE = Series("dogeusdt", Period.MINUTE)
MINUTE = 60_000
LONG_AGO = 1_700_000_040_000


@dataclass
class Opened:
    """An exchange with a client on it, and that client's history over one connection."""

    exchange: RunningExchange
    client: HtxExchange
    source: HtxBarSource


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Everything open for one test."""
    async with (
        running_exchange(seed=7) as exchange,
        HtxExchange.open(Hosts.from_ready_line(exchange.ready_line), None) as client,
        client.bar_source(1) as source,
    ):
        yield Opened(exchange, client, source)


async def test_a_span_holds_what_opens_in_it(opened: Opened) -> None:
    """From is included, to is excluded, and the bars are rising."""
    bars = await opened.source.bars(DOGE, Span(LONG_AGO, LONG_AGO + 5 * MINUTE))
    assert [one.open_ms for one in bars] == [LONG_AGO + number * MINUTE for number in range(5)]


async def test_as_many_bars_as_an_answer_may_hold_come_at_once(opened: Opened) -> None:
    """Three hundred bars are one request's worth."""
    bars = await opened.source.bars(DOGE, Span(LONG_AGO, LONG_AGO + BARS_A_REQUEST * MINUTE))
    assert len(bars) == BARS_A_REQUEST


async def test_socket_and_rest_tell_the_same_bars(opened: Opened) -> None:
    """The exchange's two doors agree, digit by digit, on bars that are over."""
    recent = await opened.source.recent(DOGE, 20)
    over = recent[:-2]
    assert await opened.source.bars(DOGE, Span(over[0].open_ms, over[-1].open_ms + MINUTE)) == over


async def test_a_no_is_an_error_and_the_connection_goes_on(opened: Opened) -> None:
    """A symbol that is not listed is refused; the next question is answered on the same connection."""
    with pytest.raises(ExchangeError):
        await opened.source.bars(Series("nosuchpair", Period.MINUTE), Span(LONG_AGO, LONG_AGO + MINUTE))
    assert len(await opened.source.bars(DOGE, Span(LONG_AGO, LONG_AGO + MINUTE))) == 1
    assert opened.exchange.sockets("ws") == 1


async def test_a_connection_that_was_cut_is_made_anew(opened: Opened) -> None:
    """The question during the cut may fail; the one after it is answered."""
    assert len(await opened.source.bars(DOGE, Span(LONG_AGO, LONG_AGO + MINUTE))) == 1
    await asyncio.to_thread(opened.exchange.close_sockets, "ws")
    answers = [await _asked(opened.source) for _ in range(3)]
    assert answers[-1] == 1


async def _asked(source: HtxBarSource) -> int | None:
    try:
        return len(await source.bars(DOGE, Span(LONG_AGO, LONG_AGO + MINUTE)))
    except NetworkError:
        return None


async def test_a_connection_keeps_htxs_pace(opened: Opened) -> None:
    """Six questions on one connection take at least five pauses of a tenth of a second."""
    began = time.monotonic()
    await asyncio.gather(*(opened.source.bars(DOGE, Span(LONG_AGO, LONG_AGO + MINUTE)) for _ in range(6)))
    assert time.monotonic() - began >= 0.5


async def test_several_connections_answer_side_by_side(opened: Opened) -> None:
    """Each answer goes to who asked for it, whichever connection it came over."""
    async with opened.client.bar_source(4) as source:
        spans = [Span(LONG_AGO + at * MINUTE, LONG_AGO + (at + 2) * MINUTE) for at in range(0, 40, 2)]
        answers = await asyncio.gather(*(source.bars(DOGE, span) for span in spans))
    assert [answer[0].open_ms for answer in answers] == [span.start_ms for span in spans]
    assert all(len(answer) == 2 for answer in answers)


async def test_the_exchanges_clock_is_asked_for_once(opened: Opened) -> None:
    """The first time over the wire, from then on carried on."""
    first = await opened.source.now_ms()
    fault = await asyncio.to_thread(opened.exchange.fault, "/v1/common/timestamp", "error", times=None)
    assert await opened.source.now_ms() >= first
    assert not fault.struck


async def test_an_exchange_says_whose_market_it_shows(opened: Opened) -> None:
    """An embedded exchange names its seed, and what is no such name is refused."""
    assert await opened.client.origin() == "embedded-seed-7"
    body = '{"status":"ok","data":"../htx"}'
    await asyncio.to_thread(opened.exchange.fault, "/_about", "answer", body=body)
    with pytest.raises(AnswerError, match="does not say whose market"):
        await opened.client.origin()


async def test_htx_is_htx_without_asking() -> None:
    """The live client's origin is a word of this program, whatever anybody answers."""
    async with HtxExchange.open(Hosts.live(), None) as client:
        assert await client.origin() == "htx"
