"""Answers to requests for bars that are not what was asked for: none of them is taken for bars."""

import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hbtui.htx.clock import SystemClock, VenueClock
from hbtui.htx.history import HistoryLines, opened_lines
from hbtui.model.candle import Period
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError, NotFound, RateLimited
from hbtui.model.series import Series, Span
from tests.htx.opened import opened
from tests.support.scripted_server import json_answer, scripted_server
from tests.support.scripted_socket import Peer, scripted_socket

DOGE = Series("dogeusdt", Period.MINUTE)
START_S = 1_700_000_040
SPAN = Span(START_S * 1000, (START_S + 60) * 1000)
ROW = f'{{"id":{START_S},"open":1,"close":1,"low":1,"high":1,"amount":0,"vol":0,"count":0}}'

Answer = Callable[[dict[str, Any]], list[str]]


@asynccontextmanager
async def lines_to(*answers: Answer) -> AsyncIterator[tuple[HistoryLines, list[dict[str, Any]]]]:
    """One line to a server that gives these answers in turn, the last one for ever; and what it was asked."""
    asked: list[dict[str, Any]] = []

    async def answer(peer: Peer, frame: dict[str, Any]) -> None:
        asked.append(frame)
        for text in answers[min(len(asked), len(answers)) - 1](frame):
            await peer.say(gzip.compress(text.encode()) if text else b"\x1f\x8b\x08 cut")

    async with scripted_socket() as script:
        script.answer = answer
        address = script.address.replace("http", "ws") + "/ws"
        async with opened_lines(address, ssl.create_default_context(), VenueClock(SystemClock()), 1) as lines:
            yield lines, asked


def told(frame: dict[str, Any], *rows: str, rep: str = "", id_: str = "") -> str:
    """An answer to a frame, with its own id and topic unless others are given."""
    return (
        f'{{"id":"{id_ or frame["id"]}","rep":"{rep or frame["req"]}","status":"ok","ts":1,"data":[{",".join(rows)}]}}'
    )


@pytest.mark.parametrize("rep", ["market.btcusdt.kline.1min", "market.dogeusdt.kline.5min", "market.dogeusdt.detail"])
async def test_another_series_bars_are_refused(rep: str) -> None:
    """An answer that names another pair, or bars of another length, is none; the next right one is taken."""
    async with lines_to(lambda f: [told(f, ROW, rep=rep)], lambda f: [told(f, ROW)]) as (lines, _):
        with pytest.raises(AnswerError, match="other bars than those of dogeusdt 1min"):
            await lines.bars(DOGE, SPAN)
        assert [one.open_ms for one in await lines.bars(DOGE, SPAN)] == [SPAN.start_ms]


async def test_an_earlier_questions_answer_is_passed_over() -> None:
    """What is repeated under an old id is not taken for the new answer, which comes behind it."""
    other = ROW.replace(f'"id":{START_S}', f'"id":{START_S - 60}')
    async with lines_to(lambda f: [told(f, other, id_="k0"), told(f, ROW)]) as (lines, _):
        assert [one.open_ms for one in await lines.bars(DOGE, SPAN)] == [SPAN.start_ms]


@pytest.mark.parametrize(
    "row",
    [
        ROW.replace('"low":1', '"low":NaN'),
        ROW.replace('"low":1', '"low":1E+999999999'),
        ROW.replace('"low":1', '"low":null'),
        ROW.replace('"count":0', f'"count":{10**30}'),
        ROW.replace('"count":0', '"count":1.5'),
        ROW.replace(f'"id":{START_S}', f'"id":{10**30}'),
        ROW.replace(f'"id":{START_S}', '"id":-1'),
        ROW[:-9],
    ],
)
async def test_what_no_bar_can_be_made_of_is_an_answer_that_cannot_be_read(row: str) -> None:
    """No number, one out of all bounds, a field too few: an error of the tree, and nothing else."""
    async with lines_to(lambda f: [told(f, row)]) as (lines, _):
        with pytest.raises(AnswerError):
            await lines.bars(DOGE, SPAN)


async def test_a_cut_frame_ends_the_connection_and_the_next_question_has_a_new_one() -> None:
    """Half a frame is no answer; the line is made anew."""
    async with lines_to(lambda _: [""], lambda f: [told(f, ROW)]) as (lines, asked):
        with pytest.raises(AnswerError):
            await lines.bars(DOGE, SPAN)
        assert len(await lines.bars(DOGE, SPAN)) == 1
        assert len(asked) == 2


@pytest.mark.parametrize("id_", ['"id":"k1",', '"id":null,', ""])
@pytest.mark.parametrize(
    ("text", "kind"),
    [("429 too many request", RateLimited), ("invalid symbol", NotFound), ("request timeout", ExchangeError)],
)
async def test_a_no_is_heard_at_once_also_without_its_id(id_: str, text: str, kind: type[ExchangeError]) -> None:
    """HTX may leave the id out of an error: whoever asked alone on this line is whom it means."""
    no = f'{{"status":"error","ts":1,{id_}"err-code":"bad-request","err-msg":"{text}"}}'
    async with lines_to(lambda _: [no]) as (lines, _):
        with pytest.raises(kind) as raised:
            await lines.bars(DOGE, SPAN)
        assert not isinstance(raised.value, NetworkError)


async def test_nothing_is_asked_for_outside_of_what_htx_answers() -> None:
    """Before its first second HTX has no bars, and refuses to be asked; a span over that edge is cut to it."""
    first_ms = 1_501_174_800_000
    async with lines_to(lambda f: [told(f)]) as (lines, asked):
        assert await lines.bars(DOGE, Span(0, first_ms)) == ()
        assert asked == []
        await lines.bars(DOGE, Span(first_ms - 600_000, first_ms + 600_000))
        await lines.bars(DOGE, Span(2_556_115_140_000, 2_556_999_999_000))
    assert [(frame["from"], frame["to"]) for frame in asked] == [
        (1_501_174_800, 1_501_175_399),
        (2_556_115_140, 2_556_115_200),
    ]


async def test_rest_bars_of_another_series_are_refused() -> None:
    """The other door's answer names its series too."""
    said = {"status": "ok", "ch": "market.btcusdt.kline.1min", "ts": 1, "data": []}
    async with (
        scripted_server({"/market/history/kline": json_answer(said)}) as server,
        opened(server.address) as exchange,
    ):
        with pytest.raises(AnswerError):
            await exchange.candles("dogeusdt", Period.MINUTE)
        assert await exchange.candles("btcusdt", Period.MINUTE) == ()
