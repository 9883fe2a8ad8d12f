"""Bad input over the whole program: on the screen and in a script it gets a clear sentence and a way out."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hbtui.cli import ExitCode
from hbtui.config import ConfigError, places
from hbtui.headless import Client
from hbtui.model.account import Mode
from hbtui.model.events import Link, LinkState
from hbtui.runtime import open_session
from hbtui.sim.keys import ACCESS_KEY, SECRET_KEY
from hbtui.sim.options import Options
from hbtui.target import Target
from hbtui.trading.views import LinkView
from tests.journeys.test_orders import open_limit_buy, resting_price
from tests.support.exchange import RunningExchange, running_exchange
from tests.support.running import Running, running_program, running_screen

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e[red]no[/red] [bad"
ORDER = ("order", "buy-market", "dogeusdt", "--amount", "20", "--yes")


async def told(*words: str, cwd: Path | None = None, **environ: str) -> tuple[int, str, str]:
    """Run a command of the program to its end: exit code, answer, and what it says on stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hbtui",
        *words,
        cwd=cwd,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert b"Traceback" not in err
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def write_settings(home: Path, text: str) -> None:
    """Write the user's settings."""
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text(text)


def spoil_journal(home: Path) -> tuple[Path, bytes]:
    """Cut off the end of the one journal; return where it is and what is left."""
    (path,) = home.rglob("journals/*.sqlite")
    path.write_bytes(left := path.read_bytes()[:6000])
    return path, left


def everything_in(folder: Path) -> bytes:
    """Read every file below a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@asynccontextmanager
async def opened(**options: object) -> AsyncIterator[tuple[RunningExchange, Running]]:
    """Open the screen on an exchange that is set up so, and wait for nothing."""
    async with running_exchange(frozen=True, **options) as exchange:
        async with running_screen(exchange.rest) as running:
            yield exchange, running


def shown_price(exchange: RunningExchange) -> str:
    """The last price on a market that stands still, as any place would show its first digits."""
    return str(exchange.last_price("dogeusdt"))[:5]


async def test_no_network() -> None:
    """Nobody answers: the screen says so, when it tries again and that nothing can be sent; a script gets code 4."""
    async with running_screen("http://127.0.0.1:9") as running:
        await running.shows("reconnecting", "No connection", "—")
        assert running.view.blocked
        assert running.view.balances.balances is None
    code, out, err = await told("balances", "--exchange", "http://127.0.0.1:9")
    assert (code, out) == (ExitCode.NETWORK, "")
    assert "No connection" in err


async def test_wrong_key() -> None:
    """An access key that the exchange does not know: the setting to check is named."""
    async with opened(access_key="another-key") as (exchange, running):
        await running.shows("does not accept the key", "access key")
        code, _, err = await told("balances", "--exchange", exchange.rest)
    assert code == ExitCode.REFUSED
    assert "HTX_ACCESS_KEY" in err


async def test_wrong_secret() -> None:
    """A secret of another key: the setting to check is named."""
    async with opened(secret_key="another-secret") as (exchange, running):
        await running.shows("does not accept the key", "secret key")
        code, _, err = await told("balances", "--exchange", exchange.rest)
    assert code == ExitCode.REFUSED
    assert "HTX_SECRET_KEY" in err


async def test_address_not_allowed_names_the_address_to_bind() -> None:
    """The exchange's refusal carries the caller's address: screen and script say which one to bind, and where."""
    async with opened(refused_ip="203.0.113.77") as (exchange, running):
        await running.shows("203.0.113.77")
        assert "Bind 203.0.113.77 to the key" in running.view.blocked
        code, _, err = await told("balances", "--exchange", exchange.rest)
    assert code == ExitCode.REFUSED
    assert "Bind 203.0.113.77 to the key" in err


async def test_clock_off() -> None:
    """A clock five minutes slow: the screen and the refusal of an order say by how much; reading still works."""
    wall = Options().clock
    async with opened(clock=lambda: wall() + 300_000) as (exchange, running):
        await running.shows("clock is 300 s off")
        code, out, _ = await told("balances", "--exchange", exchange.rest)
        assert (code, "usdt" in out) == (ExitCode.DONE, True)
        code, _, err = await told(*ORDER, "--exchange", exchange.rest)
        assert exchange.orders() == []
    assert code == ExitCode.REFUSED
    assert "clock is 300 s off" in err


async def test_a_refused_time_names_the_clock() -> None:
    """Where the exchange refuses the time of a request, the sentence speaks of the clock and not of the key."""
    async with running_exchange(frozen=True) as exchange:
        text = "Signature not valid: Incorrect submission time [无效的提交时间]"
        exchange.fault("/v1/account/accounts", "error", code="api-signature-not-valid", message=text, times=None)
        code, _, err = await told("balances", "--exchange", exchange.rest)
    assert code == ExitCode.REFUSED
    assert "your clock is" in err
    assert "automatic time" in err


async def test_unknown_symbol() -> None:
    """A pair that is not listed: the panes say so, nothing is invented, and a script is offered near names."""
    async with running_exchange(frozen=True) as exchange:
        async with running_screen(exchange.rest, symbol="dogeusd") as running:
            await running.shows("does not list dogeusd")
            assert running.view.quote is None or running.view.quote.last is None
        code, out, err = await told("klines", "dogeusd", "1min", "--exchange", exchange.rest)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert "dogeusdt" in err


async def test_market_closed() -> None:
    """While the exchange is halted no order leaves, on the screen and in a script; prices and orders stay in sight."""
    async with opened(market_status=2) as (exchange, running):
        await running.shows("takes no new orders", shown_price(exchange))
        code, _, err = await told(*ORDER, "--exchange", exchange.rest)
        assert exchange.orders() == []
    assert code == ExitCode.REFUSED
    assert "takes no new orders" in err


async def test_port_in_use() -> None:
    """The embedded exchange says which port is taken and how to name another."""
    async with running_exchange(frozen=True) as exchange:
        code, out, err = await told("exchange", "--port", str(exchange.port))
    assert (code, out) == (ExitCode.FAILED, "")
    assert f"127.0.0.1:{exchange.port}" in err
    assert "--port" in err


@pytest.mark.parametrize("size", [(59, 17), (20, 6), (10, 5), (1, 1)])
async def test_terminal_too_small(size: tuple[int, int]) -> None:
    """A terminal too small says so instead of half a screen; made larger, everything is there."""
    async with running_program(size=size) as (_, running):
        if size[0] >= 20:
            await running.shows("too small")
        await running.pilot.resize_terminal(120, 40)
        await running.shows("DEMO", "DOGE/USDT", "Order book")


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("HTX_ACCESS_KEY=canary-key\n", 0o600, "HTX_SECRET_KEY is missing"),
        ("HTX_SECRET_KEY=canary-secret\n", 0o600, "HTX_ACCESS_KEY is missing"),
        ("HTX_ACCESS_KEY=canary-key\nHTX_SECRET_KEY=canary-secret\n", 0o644, "chmod 600"),
        ("HTX_ACCESS_KEY=canary-key\nHTX_SECRET_KEY=canary-secret\n", 0o620, "chmod 600"),
    ],
)
@pytest.mark.parametrize("command", [(), ("balances",)])
async def test_key_file_incomplete_or_open_to_others(
    tmp_path: Path, text: str, mode: int, said: str, command: tuple[str, ...]
) -> None:
    """Such a ``.env`` is refused for screen and script before anything is sent, and no key is repeated."""
    (tmp_path / ".env").write_text(text)
    (tmp_path / ".env").chmod(mode)
    code, out, err = await told(*command, "--live", cwd=tmp_path)
    assert (code, out) == (ExitCode.CONFIG, "")
    assert said in err
    assert str(tmp_path / ".env") in err
    assert "canary" not in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits.live]\nmax_order_valeu = 5\n", "max_order_valeu"),
        ("[limits.demo]\nmax_order_value = -5\n", "max_order_value"),
        ("limits = [", "not TOML"),
    ],
)
@pytest.mark.parametrize("command", [(), ("balances",), ORDER])
async def test_wrong_settings(own_home: Path, text: str, said: str, command: tuple[str, ...]) -> None:
    """A setting that is not understood is named, with its file, before anything is shown or sent."""
    write_settings(own_home, text)
    code, out, err = await told(*command, "--exchange", "http://127.0.0.1:9")
    assert (code, out) == (ExitCode.CONFIG, "")
    assert said in err
    assert str(own_home / "settings.toml") in err


async def test_damaged_journal(own_home: Path) -> None:
    """Screen and script say which file is damaged, show the orders, and send none; the file stays as it is."""
    async with running_exchange(frozen=True) as exchange:
        await told(*ORDER, "--exchange", exchange.rest)
        path, spoilt = spoil_journal(own_home)
        async with running_screen(exchange.rest) as running:
            await running.sees(lambda view: "damaged" in view.blocked and view.orders.is_known)
            await running.shows(shown_price(exchange))
        code, out, err = await told(*ORDER, "--exchange", exchange.rest)
        assert (code, out) == (ExitCode.CONFIG, "")
        assert str(path) in err
        assert path.read_bytes() == spoilt
        assert len(exchange.orders()) == 1


async def test_a_stop_that_is_reached_already_is_told_before_it_is_sent() -> None:
    """A stop price that the market has passed is a sentence with the price, and no order."""
    async with running_exchange(frozen=True) as exchange:
        stop = ("--price", "0.05", "--stop-price", "0.05", "--operator", "gte")
        words = ("order", "buy-stop-limit", "dogeusdt", "--amount", "500", *stop, "--yes")
        code, out, err = await told(*words, "--exchange", exchange.rest)
        assert (code, out, exchange.orders()) == (ExitCode.REFUSED, "", [])
        assert "Not sent" in err
        assert shown_price(exchange) in err


@pytest.mark.parametrize(
    "body", ["<html>\x1b[2J</html>", '{"status":"ok","data":', '{"status":"ok","data":1e99999}', ""]
)
async def test_junk_on_the_wire(body: str) -> None:
    """Junk in place of the account's answers: the screen goes on, blocks trading and recovers; a script gets code 4."""
    async with running_exchange(frozen=True) as exchange:
        exchange.fault("/v1/account", "answer", body=body, times=None)
        async with running_screen(exchange.rest) as running:
            await running.shows("cannot be read", shown_price(exchange))
            assert running.view.blocked
            code, out, err = await told("balances", "--exchange", exchange.rest)
            exchange.clear_faults()
            await running.sees(lambda view: not view.blocked and view.balances.balances, timeout_s=30)
    assert (code, out) == (ExitCode.NETWORK, "")
    assert "cannot be read" in err


async def test_hostile_words_of_the_exchange_are_cleaned_and_never_markup() -> None:
    """Escape sequences, bidi marks and brackets in a refusal reach screen and script as harmless text."""
    async with running_program() as (exchange, running):
        exchange.fault("/v1/order/orders/place", "error", code="order-invalid-price", message=HOSTILE, times=None)
        await open_limit_buy(running, format(resting_price(running), "f"), "1000")
        await running.press("y")
        await running.shows("The order was refused")
        await running.sees(lambda view: view.orders.history)
        cause = running.view.orders.history[0].cause
        assert "[red]no[/red] [bad" in cause
        code, out, err = await told(*ORDER, "--exchange", exchange.rest)
    assert code == ExitCode.REFUSED
    for text in (cause, out, err):
        assert not set("\x1b\x07\u202e") & set(text)


async def test_a_redirect_is_never_followed() -> None:
    """An order whose answer is a redirect is looked for and found, and was sent once."""
    async with running_exchange(frozen=True) as exchange:
        fault = exchange.fault("/v1/order/orders/place", "answer-after", status=307, times=None)
        code, out, err = await told(*ORDER, "--exchange", exchange.rest)
        assert (fault.struck, len(exchange.orders())) == (1, 1)
        assert str(exchange.orders()[0]["client-order-id"]) in out
    assert code == ExitCode.DONE, err
    assert "Trading is stopped: " in err


async def test_no_key_and_no_signature_is_written_anywhere(own_home: Path) -> None:
    """Whatever goes wrong, no file, answer or error holds a key, a signature or a signed address."""
    said = ""
    async with running_exchange(frozen=True) as exchange:
        for place, action in (
            ("/v1/account", "half-answer"),
            ("/v1/account", "drop"),
            ("/v2/user", "answer"),
            ("/v1/order", "drop-answer"),
            ("/v1/order/orders/place", "answer-after"),
        ):
            exchange.clear_faults()
            exchange.fault(place, action, times=None, status=500)
            said += "".join(map(str, await told(*ORDER, "--verbose", "--exchange", exchange.rest)))
        exchange.clear_faults()
        exchange.fault("auth", "refuse", times=None)
        async with running_screen(exchange.rest) as running:
            await running.sees(
                lambda view: view.links.get(Link.ACCOUNT, LinkView(Link.ACCOUNT)).state is LinkState.REFUSED
            )
            said += running.text()
    written = everything_in(own_home)
    assert b"hb1D" in written
    for secret in (ACCESS_KEY, SECRET_KEY, "Signature=", "AccessKeyId="):
        assert secret not in said
        assert secret.encode() not in written


@asynccontextmanager
async def live_client(exchange: RunningExchange) -> AsyncIterator[Client]:
    """Make a client that believes to be live, on an exchange of this computer: the only way to try its rules."""
    async with open_session(Target(Mode.DEMO, places(), exchange_url=exchange.rest)) as session:
        client = Client(replace(session, venue=replace(session.venue, mode=Mode.LIVE)))
        await client.begin()
        yield client


async def test_a_key_that_may_withdraw_is_refused_in_live_scripts_too() -> None:
    """In live no command works with such a key, and the sentence says what key to make."""
    async with running_exchange(frozen=True, permission="readOnly,trade,withdraw") as exchange:
        with pytest.raises(ConfigError, match="reading and trading only"):
            async with live_client(exchange):
                pytest.fail("a key that may withdraw was taken")


async def test_a_key_without_an_address_is_warned_of_with_its_days_in_live_scripts_too() -> None:
    """The warning comes with the days left, as a note beside the answers."""
    async with running_exchange(frozen=True, ip_addresses="", valid_days=12) as exchange:
        async with live_client(exchange) as client:
            assert client.notes == ["The API key is bound to no IP address. It ends in 12 days."]
            assert await client.balances()
