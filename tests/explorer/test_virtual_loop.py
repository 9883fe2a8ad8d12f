"""The virtual loop: time jumps where nothing can happen, and stands still where something can."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.explorer.virtual_loop import StandStill, VirtualLoop


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Run coroutines on a virtual loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as made:
        yield made


def _loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_a_day_passes_at_once(runner: asyncio.Runner) -> None:
    """Sleeping a day costs no day, and the loop's clock has moved by it."""

    async def sleep() -> float:
        await asyncio.sleep(86_400)
        return _loop().time()

    began = time.monotonic()
    assert runner.run(sleep()) >= 86_400
    assert time.monotonic() - began < 60


def test_sleepers_wake_in_their_order(runner: asyncio.Runner) -> None:
    """Timers fire in the order of their times, none before its time."""
    woken: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, _loop().time()))

    async def many() -> None:
        await asyncio.gather(*(sleep(seconds) for seconds in (3.3, 0.2, 3.1, 90)))

    runner.run(many())
    assert [seconds for seconds, _ in woken] == [0.2, 3.1, 3.3, 90]
    assert all(seconds <= at_s for seconds, at_s in woken)


def test_no_time_passes_while_bytes_are_on_their_way(runner: asyncio.Runner) -> None:
    """A hundred questions and answers over loopback take no virtual time, though a timer waits beside them."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    async def ask() -> float:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        timer = asyncio.ensure_future(asyncio.sleep(1000))
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for number in range(100):
            writer.write(f"{number}\n".encode())
            assert await reader.readline() == f"{number}\n".encode()
        writer.close()
        await writer.wait_closed()
        server.close()
        passed = _loop().time()
        timer.cancel()
        return passed

    assert runner.run(ask()) == 0


def test_no_time_passes_while_a_thread_works(runner: asyncio.Runner) -> None:
    """A timer of a second waits for a thread that is at work, however long that takes."""

    async def work() -> float:
        with ThreadPoolExecutor(1) as threads, _loop().thread_at_work():
            await asyncio.wrap_future(threads.submit(sum, range(2_000_000)))
            return _loop().time()

    assert runner.run(work()) == 0


def test_a_network_that_is_down_refuses(runner: asyncio.Runner) -> None:
    """While the network is down connections are refused, and counted; afterwards they are made."""

    async def connect() -> int:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        _loop().is_down = True
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        _loop().is_down = False
        reader, writer = await asyncio.open_connection(*address)
        assert _loop().cut() == 1
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        server.close()
        return _loop().refusals

    assert runner.run(connect()) == 1


def test_waiting_for_nothing_is_said() -> None:
    """A program that waits for what can never come is stopped with words, not for ever."""
    loop = VirtualLoop()
    forever = loop.create_future()
    with pytest.raises(StandStill):
        loop.run_until_complete(forever)
    loop.close()


def test_a_loop_without_end_is_said() -> None:
    """A program that does something over and over while no time passes is stopped with words, not for ever."""
    loop = VirtualLoop()

    def again() -> None:
        loop.call_soon(again)

    again()
    with pytest.raises(StandStill, match="over and over"):
        loop.run_until_complete(loop.create_future())
    loop.close()
