"""Rows P3–P6: exceptions, memory, a blocked loop and file handles inside hbtui itself."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hbtui.model.order import OrderRequest, OrderState, OrderType, Side
from hbtui.trading.views import Denied, OpenSession
from tests.catalogue.child import PutForward
from tests.catalogue.rig import ACCESS, SYMBOL, Rig, rig
from tests.support.eventually import eventually_sync
from tests.support.trading_values import Session

SOCKETS = "Upgrade: websocket"
PLACED_BY_CHILD = OrderRequest(
    account_id=0, symbol=SYMBOL, side=Side.BUY, type=OrderType.LIMIT, amount=Decimal(1000), price=Decimal(1)
)


class Breaking:
    """An exchange one of whose calls raises what nobody foresaw, as often as is said."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.name = ""
        self.times = 0

    def __getattr__(self, name: str) -> Any:
        """The real thing, but for the call that is to break."""
        found = getattr(self._inner, name)
        if name in {"market", "account"}:
            return _BreakingFeed(self, name, found)
        if not callable(found) or name == "body_of":
            return found

        async def called(*args: Any, **kwargs: Any) -> Any:
            self.strike(name)
            return await found(*args, **kwargs)

        return called

    def strike(self, name: str) -> None:
        """Raise, where it is this one's turn."""
        if name == self.name and self.times > 0:
            self.times -= 1
            local = f"https://x/?AccessKeyId={ACCESS}&Signature=canary-signature"
            raise RuntimeError(local)


class _BreakingFeed:
    def __init__(self, breaking: Breaking, name: str, feed: Any) -> None:
        self._breaking = breaking
        self._name = name
        self._feed = feed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    async def run(self, emit: Callable[[Any], None]) -> None:
        """Run the feed, which breaks at an event."""

        def passed(events: Any) -> None:
            self._breaking.strike(self._name)
            emit(events)

        await self._feed.run(passed)


class BreakingRig:
    """Makes sessions over a breaking exchange."""

    def __init__(self, it: Rig) -> None:
        self._open = it.open_session
        self.breaking: Breaking | None = None

    def __call__(self) -> AbstractAsyncContextManager[OpenSession]:
        """Open one."""

        @asynccontextmanager
        async def opened() -> AsyncIterator[OpenSession]:
            async with self._open() as session:
                assert isinstance(session, Session)
                self.breaking = Breaking(session.exchange)
                yield Session(self.breaking, session.journal, session.venue, session.caps)

        return opened()


CALLS = (
    "market",
    "account",
    "server_time_ms",
    "market_status",
    "quotes",
    "balances",
    "open_orders",
    "finished_orders",
    "fills",
    "place",
    "cancel",
    "order",
)


@pytest.mark.parametrize("name", CALLS)
def test_p03_exception_in_any_task(tmp_path: Path, name: str) -> None:
    """Whichever part of the engine meets an unforeseen error: it is told redacted, orders and cancels stay true."""
    with rig(tmp_path, is_started=False) as it:
        sessions = BreakingRig(it)
        it.open_session = sessions  # type: ignore[method-assign]  # the rig's sessions, over an exchange that breaks
        it.start()
        standing = it.place()
        it.until_state(standing, OrderState.SUBMITTED)
        assert sessions.breaking is not None
        if name != "place":
            it.place(it.request(amount="1500"))
        sessions.breaking.name, sessions.breaking.times = name, 1
        if name == "place":
            it.place(it.request(amount="1500"))
        it.engine.look_now(standing)
        it.cancel(standing)
        it.exchange.close_sockets("private")
        it.until_passing(lambda _: sessions.breaking is not None and sessions.breaking.times == 0, 90, step_s=1)
        if name == "cancel":
            it.until(lambda _: it.has_told("Something went wrong"), what="the words")
            it.engine.cancel(standing)
        it.until_passing(lambda _: it.state(standing) is OrderState.CANCELED, 60, step_s=1)
        it.pass_time(5, step_s=1)
        it.until_passing(lambda view: not view.blocked, 60, step_s=1)
        last = it.place(it.request(amount="1600"), "UNCERTAIN_PENDING")
        it.until_found(last)
        log = (tmp_path / "logs" / "hbtui.log").read_text(encoding="utf-8")
        assert "canary-signature" not in log


def test_p05_loop_blocked(tmp_path: Path) -> None:
    """While the engine's loop stands still nothing is taken, and what was taken a moment before is not sent late."""
    with rig(tmp_path) as it:
        standstill = threading.Event()
        it.engine._thread.call(standstill.wait, 20)
        caught = it.engine.place(it.request(), it.confirmation())
        it.confirmed[caught] = it.request()
        it.clock.jump(5)
        with pytest.raises(Denied) as denied:
            it.engine.place(it.request(amount="1500"), it.confirmation())
        assert "ENGINE_STALE" in {finding.code for finding in denied.value.findings}
        standstill.set()
        it.until(lambda _: it.has_told("not sent"), what="the words")
        assert it.posts() == []
        it.until_passing(lambda view: not view.blocked, 30, step_s=0.5)
        it.until_state(it.place(it.request(amount="1600")), OrderState.SUBMITTED)


class Child:
    """hbtui's engine in a process of its own."""

    def __init__(self, it: Rig, what: str) -> None:
        command = [sys.executable, "-m", "tests.catalogue.child", str(it.proxy.port), str(it.journal), what]
        self._it = it
        self.process = subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True)
        self.hear()

    def hear(self) -> dict[str, Any]:
        """The next line; ``{}`` where it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        heard = json.loads(line) if line else {}
        return heard if isinstance(heard, dict) else {}

    def say(self, what: str) -> None:
        """Tell it something."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{what}\n")
            self.process.stdin.flush()

    def ask(self, what: str) -> dict[str, Any]:
        """Tell it something, and hear what it says."""
        self.say(what)
        return self.hear()

    def stand_still(self) -> None:
        """Stop it, as a suspended computer stops it, and wait until it stands."""
        os.kill(self.process.pid, signal.SIGSTOP)
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def go_on(self) -> None:
        """Let it run on."""
        os.kill(self.process.pid, signal.SIGCONT)

    def tell(self) -> dict[str, Any]:
        """What it shows."""
        return self.ask("tell")

    def place(self, how: str = "place") -> str:
        """Have an order placed, or with ``again`` another one."""
        answer = self.ask(how)
        key = str(answer.get("key", ""))
        assert key or not answer, answer
        if key:
            self._it.confirmed[key] = PLACED_BY_CHILD
        return key

    def state(self, key: str) -> str:
        """How it shows an order."""
        return str(self.tell().get("orders", {}).get(key, [""])[0])

    def end(self) -> tuple[int, str]:
        """Let it end; its code, and what it said on stderr."""
        _, stderr = self.process.communicate(timeout=20)
        return self.process.returncode, stderr


@contextmanager
def child(it: Rig, what: str) -> Iterator[Child]:
    """Run the engine in a process of its own."""
    running = Child(it, what)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def test_p04_memory_used_up_in_a_burst(tmp_path: Path) -> None:
    """With hardly any memory left under a burst of the market, orders go on or hbtui ends clearly; no truth is lost."""
    with rig(tmp_path, is_started=False, queue_frames=100_000) as it:
        with child(it, "memory") as process:
            process.ask("short")
            it.exchange.fault("ws", "flood", times=3, copies=1500)
            key = process.place()
            if key:
                with suppress(AssertionError):
                    eventually_sync(lambda: process.state(key) in {"submitted", ""}, 10)
            is_alive = process.process.poll() is None
            code, stderr = process.end()
            assert is_alive or code != 0
            assert "canary" not in stderr
        it.exchange.clear_faults()
        it.start()
        assert len(it.exchange.orders()) <= 1


def test_p06_file_handles_used_up(tmp_path: Path) -> None:
    """Without a file handle left an order does not leave, the words say so, nothing loops, and it mends by itself."""
    with rig(tmp_path, is_started=False) as it:
        with child(it, "files") as process:
            process.ask("short")
            it.proxy.cut(spare=SOCKETS)
            key = process.place()
            eventually_sync(lambda: process.state(key) == "not-sent", 40, what="the order not leaving")
            it.proxy.cut()
            eventually_sync(lambda: process.tell()["blocked"], 40, what="trading being stopped")
            told = process.tell()
            assert told["is_heard"]
            assert len(told["notices"]) < 10
            assert not [text for text in told["notices"] if "Something went wrong" in text]
            process.ask("end")
            eventually_sync(lambda: not process.tell()["blocked"], 40, what="trading being possible again")
            again = process.place("again")
            eventually_sync(lambda: process.state(again) == "submitted", 40, what="another order")
            code, stderr = process.end()
            assert (code, stderr) == (0, "")
        it.start()
        assert [order["symbol"] for order in it.exchange.orders()] == [SYMBOL]


HALF_AN_HOUR_S = 1800


@pytest.mark.parametrize("kind", ["suspended", "stopped"])
def test_c04_process_that_stood_still(tmp_path: Path, kind: str) -> None:
    """A process that is really stopped, and finds the clocks half an hour on, reads everything again before trading.

    The stop is short, the clocks are put forward meanwhile: both of them, or the wall clock alone, since the steady
    clock stands still with a machine that is suspended. What was typed while it stood is not sent on what it knew.
    """
    times = tmp_path / "times"
    times.write_bytes(PutForward.LAYOUT.pack(0, 0))
    with rig(tmp_path, is_started=False) as it:
        with child(it, str(times)) as process:
            key = process.place()
            eventually_sync(lambda: process.state(key) == "submitted", 40, what="the order")
            process.stand_still()
            it.mute()  # what happens meanwhile is told to nobody
            it.exchange.fill(str(it.exchange.orders()[0]["id"]))
            it.clock.jump(HALF_AN_HOUR_S)
            ahead_ms = HALF_AN_HOUR_S * 1000
            times.write_bytes(PutForward.LAYOUT.pack(ahead_ms, ahead_ms if kind == "stopped" else 0))
            before = len(it.proxy.requests("GET /v1/order/openOrders"))
            process.say("again")
            process.go_on()
            answer = process.hear()
            assert "denied" in answer or process.state(key) == "filled", answer
            eventually_sync(
                lambda: any("read again before trading" in text for text in process.tell()["notices"]), 40, "the jump"
            )
            eventually_sync(lambda: not process.tell()["blocked"], 40, what="trading again")
            assert process.state(key) == "filled"
            assert len(it.proxy.requests("GET /v1/order/openOrders")) > before
            another = str(answer.get("key", "")) or process.place("again")
            eventually_sync(lambda: process.state(another) == "submitted", 40, what="another order")
            code, stderr = process.end()
            assert (code, stderr) == (0, "")
        it.confirmed[another] = PLACED_BY_CHILD
        assert [str(order["client-order-id"]) for order in it.exchange.orders()] == [key, another]
        it.start()
