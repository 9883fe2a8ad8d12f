"""Real input: a recorded HTX session drives ladder, bars and tape through the real sockets."""

import json
from decimal import Decimal

import pytest

from hbtui.model.candle import Period
from tests.support.eventually import eventually
from tests.support.recorded import PAYLOADS, Recording, recorded_exchange
from tests.support.running import Running, running_screen
from tests.support.screens import widget_text

pytestmark = pytest.mark.skipif(
    not PAYLOADS.is_dir(), reason="the recorded HTX session is not beside this checkout (../shared/htx/payloads)"
)


async def play(recording: Recording, running: Running, symbol: str) -> None:
    """Let the frames go once both topics are subscribed, and wait for the last one."""
    wanted = {f"market.{symbol}.depth.step0", f"market.{symbol}.trade.detail"}
    await eventually(lambda: wanted <= recording.subscribed, 40, what="both subscriptions")
    recording.go.set()
    await eventually(recording.played.is_set, 40, what="the recording's end")


async def test_recorded_depth_frames_drive_the_ladder() -> None:
    """The last recorded depth.step0 image is what the ladder shows, level by level."""
    async with recorded_exchange() as recording, running_screen(recording.rest, symbol="borusdt") as running:
        await play(recording, running, "borusdt")
        tick = recording.last_depth("borusdt")
        await running.sees(
            lambda view: (
                view.book.book
                and view.book.book.bids[0].price == Decimal(str(tick["bids"][0][0]))
                and view.book.book.asks[0].price == Decimal(str(tick["asks"][0][0]))
            )
        )
        await running.shows("spread")
        ladder = widget_text(running.app.screen.query_one("#ladder"))
        for price in (tick["bids"][0][0], tick["asks"][0][0]):
            assert f"{Decimal(str(price)):,.2f}" in ladder


async def test_recorded_trades_build_bars_of_one_second_and_a_tape() -> None:
    """Each second that traded is one bar with exactly the recorded open, high, low, close and volume."""
    async with (
        recorded_exchange() as recording,
        running_screen(recording.rest, symbol="fil3susdt", period=Period.SECOND, size=(170, 48)) as running,
    ):
        await play(recording, running, "fil3susdt")
        trades = recording.trades("fil3susdt")
        seconds: dict[int, list[dict[str, object]]] = {}
        for trade in trades:
            seconds.setdefault(int(str(trade["ts"])) // 1000 * 1000, []).append(trade)
        await running.sees(lambda view: len(view.candles.candles) == len(seconds))
        for candle in running.view.candles.candles:
            prices = [Decimal(str(trade["price"])) for trade in seconds[candle.open_ms]]
            assert (candle.high, candle.low) == (max(prices), min(prices))
            assert candle.trades == len(prices)
            amounts = [Decimal(str(trade["amount"])) for trade in seconds[candle.open_ms]]
            assert float(candle.base_volume) == pytest.approx(float(sum(amounts)))
        assert len(running.view.tape.trades) == len(trades)
        await running.shows("1sec")
        tape = running.app.screen.query_one("#tape")
        last = f"{Decimal(str(trades[-1]['price'])):f}"
        await eventually(lambda: last in widget_text(tape), what="the last trade on the tape")


async def test_a_symbol_that_the_list_lacks_degrades_in_words() -> None:
    """DOGE/ETH trades in the recording but is not in its list: the screen says so, and orders are off."""
    listed = {row["symbol"] for row in json.loads(recorded_symbols())["data"]}
    assert "dogeeth" not in listed
    async with recorded_exchange() as recording, running_screen(recording.rest, symbol="dogeeth") as running:
        await running.sees(lambda view: view.instruments)
        await running.shows("not list")
        assert running.view.blocked or "dogeeth" not in running.view.instruments


async def test_recorded_pings_are_answered_with_their_own_number() -> None:
    """Every recorded ping gets a pong that echoes it."""
    async with recorded_exchange() as recording, running_screen(recording.rest, symbol="borusdt") as running:
        await play(recording, running, "borusdt")
        pings = [json.loads(text)["ping"] for _, channel, text in recording.frames if channel == "ping"]
        await eventually(lambda: recording.pongs == pings, what="a pong for each ping")


def recorded_symbols() -> bytes:
    """The recorded list of symbols."""
    return (PAYLOADS / "cryptofeed" / "HUOBI.0__v1_common_symbols_part_open.json").read_bytes()
