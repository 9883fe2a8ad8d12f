"""One account, several processes: one holds it, commands ask it, and a second screen or program only reads (D8)."""

import asyncio
import contextlib
import json
import os
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pexpect
import pytest

import hbtui
from hbtui.cli import ExitCode
from hbtui.headless import Client
from hbtui.model.errors import JournalError
from hbtui.model.order import OrderState
from hbtui.target import make_target
from tests.support.commands import far_price
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, exchange_in_thread, running_exchange
from tests.support.running import running_program, running_screen

HOLDER = """
import asyncio, sys
import hbtui

async def main():
    async with hbtui.connect(exchange=sys.argv[1]) as htx:
        print("holds", *htx.notes, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(main())
"""
MARKET = ("order", "buy-market", "dogeusdt", "--amount", "20", "--yes")


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    """An embedded exchange whose market stands still."""
    with exchange_in_thread(frozen=True) as running:
        yield running


async def begun(*words: str) -> asyncio.subprocess.Process:
    """Begin a process of its own."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, *words, stdin=pipe, stdout=pipe, stderr=pipe)


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Wait for its end: exit code, answer, and what it said on stderr."""
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in err, err.decode()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def told(exchange: RunningExchange, *words: str) -> tuple[int, str, str]:
    """Run a command in a process of its own."""
    return await ended(await begun("-m", "hbtui", *words, "--json", "--exchange", exchange.rest))


@asynccontextmanager
async def holding(exchange: RunningExchange) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let another program hold the account until the block ends."""
    process = await begun("-c", HOLDER, exchange.rest)
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"holds\n"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def journals(home: Path) -> list[str]:
    """Name the journals of a home."""
    return [path.name for path in home.rglob("journals/*.sqlite")]


async def test_commands_go_through_the_open_screen(own_home: Path) -> None:
    """An order of another process is the screen's own: shown there, in its journal, listed and cancelled through it."""
    async with running_program() as (exchange, running):
        limit = ("order", "buy-limit", "dogeusdt", "--amount", "500", "--price", far_price(exchange), "--yes")
        code, out, err = await told(exchange, *limit, "--client-order-id", "from-a-script")
        assert (code, err) == (ExitCode.DONE, "")
        await running.sees(lambda view: [one.client_order_id for one in view.orders.open] == ["from-a-script"])
        assert not running.view.orders.open[0].is_external
        _, listed, _ = await told(exchange, "orders")
        assert [row["order_id"] for row in json.loads(listed)] == [json.loads(out)["order_id"]]
        _, audited, _ = await told(exchange, "audit", "from-a-script")
        assert "command" in audited
        code, cancelled, _ = await told(exchange, "cancel", "from-a-script")
        assert (code, json.loads(cancelled)["state"]) == (ExitCode.DONE, "canceled")
        await running.sees(lambda view: view.orders.history and view.orders.history[0].state is OrderState.CANCELED)
        other = [word if word != "500" else "600" for word in limit]  # the same order again would be a duplicate too
        code, _, err = await told(exchange, *other, "--client-order-id", "from-a-script")
        assert (code, "used before" in err) == (ExitCode.REFUSED, True)
        assert len(exchange.orders()) == len(journals(own_home)) == 1


async def test_the_screens_socket_is_for_its_user_alone(own_home: Path) -> None:
    """0600 in a folder of 0700; it is gone with the screen."""
    async with running_screen("http://127.0.0.1:9"):
        pass
    async with running_program():
        (socket,) = (path for path in sockets(own_home))
        assert stat.S_IMODE(socket.lstat().st_mode) == 0o600
        assert stat.S_IMODE(socket.parent.lstat().st_mode) == 0o700
    assert sockets(own_home) == []


def sockets(home: Path) -> list[Path]:
    """Every socket that the processes of a home may listen on."""
    from hbtui.local.place import socket_paths

    paths = [one for journal in home.rglob("journals/*.sqlite") for one in socket_paths(journal)]
    return [path for path in paths if path.exists()]


async def test_what_is_halted_on_the_screen_is_halted_for_commands() -> None:
    """HALT stops an order of another process too, while its cancels pass."""
    async with running_program() as (exchange, running):
        running.engine.halt()
        code, out, err = await told(exchange, *MARKET)
        assert (code, out) == (ExitCode.REFUSED, "")
        assert "halted" in err
        assert exchange.orders() == []
        assert (await told(exchange, "cancel", "--all", "--yes"))[0] == ExitCode.DONE


async def test_a_second_screen_is_read_only_and_says_who_holds_the_account(own_home: Path) -> None:
    """It names the process, shows the orders, and sends none; nobody makes a second journal."""
    async with running_program() as (exchange, first):
        async with running_screen(exchange.rest) as second:
            await second.shows("Another hbtui (screen, process", "read-only")
            assert str(os.getpid()) in second.view.blocked
            await told(exchange, *MARKET)
            await second.sees(lambda view: view.orders.history)
            await first.sees(lambda view: view.orders.history)
    assert len(journals(own_home)) == 1


async def test_a_second_program_reads_and_cancels(own_home: Path) -> None:
    """Python's client beside the screen says who holds the account, sends nothing, and still cancels."""
    async with running_program() as (exchange, _):
        price = far_price(exchange)
        limit = ("order", "buy-limit", "dogeusdt", "--amount", "500", "--price", price, "--yes")
        assert (await told(exchange, *limit, "--client-order-id", "mine"))[0] == ExitCode.DONE
        async with hbtui.connect(exchange=exchange.rest) as client:
            assert re.search(rf"\(screen, process {os.getpid()}, since \d\d:\d\d:\d\d\)", client.notes[0])
            with pytest.raises(JournalError, match="read-only"):
                await client.order("buy-limit", "dogeusdt", amount="501", price=price)
            (order,) = await client.orders()
            found = await client.cancel(order.order_id or "")
            assert found is not None
            assert found.state is OrderState.CANCELED
        assert len(exchange.orders()) == len(journals(own_home)) == 1


async def test_many_commands_at_once_lose_nothing_and_keep_one_journal(
    exchange: RunningExchange, own_home: Path
) -> None:
    """Whoever comes first holds the account, the others ask it or wait: each order is sent once, and answered."""
    works = [told(exchange, *MARKET[:-2], str(20 + number), "--yes") for number in range(2)]
    works += [told(exchange, "orders") for _ in range(3)]
    answers = await asyncio.gather(*works)
    assert [(code, err) for code, _, err in answers] == [(ExitCode.DONE, "")] * 5
    sent = sorted(json.loads(out)["client_order_id"] for _, out, _ in answers[:2])
    assert sorted(str(order["client-order-id"]) for order in exchange.orders()) == sent
    assert len(journals(own_home)) == 1


async def test_a_holder_that_dies_with_the_answer_leaves_one_order_in_doubt(exchange: RunningExchange) -> None:
    """The order is out and the process that sent it is killed: code 6, its id, one order; it is in the journal."""
    exchange.fault("/v1/order/orders/place", "hang", times=None)
    async with holding(exchange) as holder:
        command = await begun("-m", "hbtui", *MARKET, "--exchange", exchange.rest)
        await eventually(lambda: len(exchange.orders()) == 1, 30)
        holder.kill()
        code, out, err = await ended(command)
    (order,) = exchange.orders()
    assert code == ExitCode.UNKNOWN
    assert str(order["client-order-id"]) in out
    assert f"Do not send it again; its client order id is {order['client-order-id']}" in err
    exchange.clear_faults()
    code, audited, _ = await told(exchange, "audit", str(order["client-order-id"]))
    assert (code, "intent" in audited) == (ExitCode.DONE, True)
    assert len(exchange.orders()) == 1


async def test_a_command_cut_short_while_the_holder_sends_tells_the_truth(exchange: RunningExchange) -> None:
    """Ctrl-C in the command, the order being on its way in the other process: code 6 and the id, and one order."""
    exchange.fault("/v1/order/orders/place", "hang", times=None)
    async with holding(exchange):
        command = await begun("-m", "hbtui", *MARKET, "--exchange", exchange.rest)
        await eventually(lambda: len(exchange.orders()) == 1, 30)
        command.send_signal(signal.SIGINT)
        code, _, err = await ended(command)
    (order,) = exchange.orders()
    assert (code, str(order["client-order-id"]) in err) == (ExitCode.UNKNOWN, True)


async def test_a_command_takes_the_place_of_a_holder_that_ended_before_it_asked(exchange: RunningExchange) -> None:
    """First a guest, then the holder: what was not asked yet is asked of the own desk, and the order is sent once."""
    async with contextlib.AsyncExitStack() as stack, contextlib.AsyncExitStack() as holders:
        await holders.enter_async_context(hbtui.connect(exchange=exchange.rest))
        target = make_target(stack.enter_context(contextlib.ExitStack()), exchange=exchange.rest)
        guest = await stack.enter_async_context(Client.open(target, "command"))
        assert await guest.orders() == ()
        await holders.aclose()
        order = await guest.order("buy-market", "dogeusdt", amount="20")
        assert order.state is OrderState.FILLED
        assert [entry.kind for entry in await guest.audit(order.client_order_id)][:2] == ["intent", "outcome"]
    assert len(exchange.orders()) == 1


async def test_a_holder_that_hangs_keeps_nobody_from_cancelling(exchange: RunningExchange) -> None:
    """It has the account and answers nothing: no order is sent, one is cancelled all the same."""
    limit = ("order", "buy-limit", "dogeusdt", "--amount", "500", "--price", far_price(exchange), "--yes")
    _, out, _ = await told(exchange, *limit)
    async with holding(exchange) as holder:
        holder.send_signal(signal.SIGSTOP)
        sent, cancelled = await asyncio.gather(
            told(exchange, *MARKET), told(exchange, "cancel", json.loads(out)["order_id"])
        )
    assert sent[0] == ExitCode.CONFIG
    assert "does not answer" in sent[2]
    assert (cancelled[0], json.loads(cancelled[1])["state"]) == (ExitCode.DONE, "canceled")
    assert len(exchange.orders()) == 1


async def test_a_killed_holder_stands_in_nobodys_way(exchange: RunningExchange, own_home: Path) -> None:
    """What a killed process left behind, its socket and its lock, is taken over at once."""
    async with holding(exchange) as holder:
        holder.kill()
        await holder.wait()
    assert len(sockets(own_home)) == 1
    assert (await told(exchange, *MARKET))[0] == ExitCode.DONE
    assert sockets(own_home) == []


def test_a_phrase_is_typed_where_somebody_can_be_asked(exchange: RunningExchange, own_home: Path) -> None:
    """At a terminal the objection is told, and only its phrase passes it; then the order itself is asked for."""
    own_home.mkdir()
    (own_home / "settings.toml").write_text("[limits.demo]\nmax_order_value = 15\n")
    for typed, code in (("yes", ExitCode.REFUSED), ("20", ExitCode.DONE)):
        words = ["-m", "hbtui", *MARKET[:-1], "--exchange", exchange.rest]
        asked = pexpect.spawn(sys.executable, words, timeout=30, encoding="utf-8")
        asked.expect_exact("MAX_ORDER_VALUE: the order is worth 20 USDT")
        asked.expect_exact("Type '20'")
        asked.sendline(typed)
        if code is ExitCode.DONE:
            asked.expect_exact("Send it? [y/N] ")
            assert exchange.orders() == []
            asked.sendline("y")
        asked.expect(pexpect.EOF)
        asked.close()
        assert asked.exitstatus == code
    assert len(exchange.orders()) == 1


async def test_a_signal_ends_the_screen_with_its_code_and_the_doubts_in_sight(own_home: Path) -> None:
    """After SIGTERM and SIGHUP: main screen, code 128 and the number, and the uncertain order named below."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        async with running_exchange(frozen=True) as exchange:
            words = ["-m", "hbtui", "--symbol", "dogeusdt", "--exchange", exchange.rest]
            screen = pexpect.spawn(sys.executable, words, dimensions=(40, 120), timeout=30, encoding="utf-8")
            try:
                await asyncio.to_thread(screen.expect_exact, "…0009")
                for place in ("/v1/order/orders/place", "/v1/order/orders/getClientOrder"):
                    exchange.fault(place, "drop-answer", times=None)
                for topic in ("orders", "clearing"):
                    exchange.fault(topic, "withhold", times=None)
                command = await begun("-m", "hbtui", *MARKET, "--exchange", exchange.rest)
                await asyncio.to_thread(screen.expect_exact, "UNCERTAIN")
                screen.kill(number)
                await asyncio.to_thread(screen.expect_exact, "\x1b[?1049l")
                await asyncio.to_thread(screen.expect_exact, "1 order is uncertain: BUY 20 dogeusdt")
                await asyncio.to_thread(screen.expect_exact, "looked up at the next start")
                await asyncio.to_thread(screen.expect, pexpect.EOF)
                screen.close()
                assert screen.exitstatus == 128 + number
                assert (await ended(command))[0] == ExitCode.UNKNOWN
            finally:
                screen.close(force=True)
