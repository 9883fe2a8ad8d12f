"""The commands for scripts, as a script sees them: words in, answers on stdout, errors on stderr, one exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from hbtui.cli import ExitCode
from tests.support.exchange import RunningExchange, exchange_in_thread


@pytest.fixture(scope="module")
def exchange() -> Iterator[RunningExchange]:
    """One embedded exchange for all commands of this file, its market standing still."""
    with exchange_in_thread(frozen=True) as running:
        yield running


def run(*words: str, cwd: Path | None = None, stdin: str | None = None) -> tuple[int, str, str]:
    """Run hbtui to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "hbtui", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        input=stdin or "",
    )
    return done.returncode, done.stdout, done.stderr


def run_json(exchange: RunningExchange, *words: str) -> tuple[int, object, str]:
    """Run a command on the exchange and read its JSON."""
    code, out, err = run(*words, "--json", "--exchange", exchange.rest)
    return code, json.loads(out) if out else None, err


def far_price(exchange: RunningExchange) -> str:
    """A buying price that rests: nine tenths of the last."""
    _, rows, _ = run_json(exchange, "klines", "dogeusdt", "1min", "--size", "1")
    assert isinstance(rows, list)
    return format((Decimal(rows[-1]["close"]) * Decimal("0.95")).quantize(Decimal("0.00001")), "f")


def test_balances_are_exact_text(exchange: RunningExchange) -> None:
    """Every currency comes with available, frozen and total, as text that adds up."""
    code, rows, err = run_json(exchange, "balances")
    assert (code, err) == (ExitCode.DONE, "")
    assert isinstance(rows, list)
    assert any(row["currency"] == "usdt" for row in rows)
    for row in rows:
        assert Decimal(row["available"]) + Decimal(row["frozen"]) == Decimal(row["total"])


def test_klines_come_oldest_first_and_as_many_as_asked(exchange: RunningExchange) -> None:
    """``--size`` bars, each a minute after the one before."""
    code, rows, _ = run_json(exchange, "klines", "DOGE/USDT", "1min", "--size", "30")
    assert code == ExitCode.DONE
    assert isinstance(rows, list)
    opens = [row["open_ms"] for row in rows]
    assert [later - opened for opened, later in pairwise(opens)] == [60_000] * 29


def test_a_limit_order_rests_is_listed_and_is_cancelled(exchange: RunningExchange) -> None:
    """An order, the list, the cancel: by the ids that the commands print."""
    price = far_price(exchange)
    code, placed, err = run_json(
        exchange, "order", "buy-limit", "dogeusdt", "--amount", "500", "--price", price, "--yes"
    )
    assert code == ExitCode.DONE, err
    assert isinstance(placed, dict)
    assert {"order_id", "client_order_id", "symbol", "type", "state"} <= set(placed)
    assert (placed["symbol"], placed["type"], placed["state"]) == ("dogeusdt", "buy-limit", "submitted")
    _, listed, _ = run_json(exchange, "orders", "dogeusdt")
    assert isinstance(listed, list)
    assert placed["order_id"] in [row["order_id"] for row in listed]
    code, cancelled, err = run_json(exchange, "cancel", str(placed["order_id"]))
    assert code == ExitCode.DONE, err
    assert isinstance(cancelled, dict)
    assert cancelled["state"] == "canceled"


def test_a_market_buy_spends_what_was_said(exchange: RunningExchange) -> None:
    """``buy-market --amount`` is money: no more than it is spent."""
    code, placed, err = run_json(exchange, "order", "buy-market", "dogeusdt", "--amount", "20", "--yes")
    assert code == ExitCode.DONE, err
    assert isinstance(placed, dict)
    assert placed["state"] == "filled"
    assert Decimal("19.9") < Decimal(str(placed["filled_value"])) <= 20


def test_cancel_takes_a_client_order_id_too(exchange: RunningExchange) -> None:
    """The id that hbtui made finds the order as well."""
    price = far_price(exchange)
    _, placed, _ = run_json(exchange, "order", "buy-limit", "dogeusdt", "--amount", "500", "--price", price, "--yes")
    assert isinstance(placed, dict)
    code, cancelled, _ = run_json(exchange, "cancel", str(placed["client_order_id"]))
    assert code == ExitCode.DONE
    assert isinstance(cancelled, dict)
    assert cancelled["order_id"] == placed["order_id"]


def test_without_yes_and_without_a_terminal_nothing_is_sent(exchange: RunningExchange) -> None:
    """A script that forgot ``--yes`` sends no order, even with a ``y`` on its standard input."""
    before = len(exchange.orders())
    code, out, err = run("order", "buy-market", "dogeusdt", "--amount", "20", "--exchange", exchange.rest, stdin="y\n")
    assert (code, out) == (ExitCode.DECLINED, "")
    assert "--yes" in err
    assert len(exchange.orders()) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["order", "buy-limit", "dogeusdt", "--amount", "1e5", "--price", "1", "--yes"],
            ExitCode.USAGE,
            "plain number",
        ),
        (["order", "buy-limit", "dogeusdt", "--amount", "-5", "--price", "1", "--yes"], ExitCode.USAGE, ""),
        (
            ["order", "buy-limit", "dogeusdt", "--amount", "１２", "--price", "1", "--yes"],
            ExitCode.USAGE,
            "plain number",
        ),
        (["order", "buy-limit", "dogeusdt", "--amount", "100", "--yes"], ExitCode.USAGE, "price"),
        (["order", "buy-market", "dogeusdt", "--amount", "9", "--price", "1", "--yes"], ExitCode.USAGE, "no price"),
        (["order", "buy-magic", "dogeusdt", "--amount", "9", "--yes"], ExitCode.USAGE, "buy-limit"),
        (["order", "buy-market", "nosuchusdt", "--amount", "9", "--yes"], ExitCode.REFUSED, "nosuchusdt"),
        (["order", "buy-market", "dogeusdt", "--amount", "0.00001", "--yes"], ExitCode.REFUSED, "Not sent"),
        (["order", "buy-market", "dogeusdt", "--amount", "99999999", "--yes"], ExitCode.REFUSED, "Not sent"),
        (["klines", "dogeusdt", "7min"], ExitCode.USAGE, "1min"),
        (["klines", "dogeusdt", "1min", "--size", "2001"], ExitCode.USAGE, "2000"),
        (["klines", "../etc", "1min"], ExitCode.USAGE, "not a symbol"),
        (["cancel", "123456789"], ExitCode.REFUSED, "knows no order"),
    ],
)
def test_wrong_words_get_a_sentence_and_send_nothing(
    exchange: RunningExchange, words: list[str], code: ExitCode, said: str
) -> None:
    """Bad input ends with its own code and one sentence on stderr; no order reaches the exchange."""
    before = len(exchange.orders())
    got, out, err = run(*words, "--exchange", exchange.rest)
    assert (got, out) == (code, "")
    assert said in err
    assert "Traceback" not in err
    assert len(exchange.orders()) == before


def test_nobody_listening_is_no_connection(tmp_path: Path) -> None:
    """A port where nothing answers gives code 4 and a sentence."""
    code, out, err = run("balances", "--exchange", "http://127.0.0.1:9", cwd=tmp_path)
    assert (code, out) == (ExitCode.NETWORK, "")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "url", ["http://example.com:80", "https://api.huobi.pro", "http://user@127.0.0.1:80", "127.0.0.1"]
)
def test_only_loopback_can_be_named(url: str) -> None:
    """``--exchange`` takes no address outside this computer."""
    code, _, err = run("balances", "--exchange", url)
    assert code in {ExitCode.CONFIG, ExitCode.USAGE}
    assert "this computer" in err or "accepted" in err


def test_a_key_file_is_never_opened_without_live(exchange: RunningExchange, tmp_path: Path) -> None:
    """With ``--exchange`` even a ``.env`` that would be refused does no harm: nobody reads it."""
    (tmp_path / ".env").write_text("HTX_ACCESS_KEY=only-one\n")
    code, _, err = run("balances", "--exchange", exchange.rest, cwd=tmp_path)
    assert (code, err) == (ExitCode.DONE, "")


def test_live_without_a_key_says_where_it_looked(tmp_path: Path) -> None:
    """``--live`` without a key names both places and both settings."""
    code, _, err = run("balances", "--live", cwd=tmp_path)
    assert code == ExitCode.CONFIG
    assert str(tmp_path / ".env") in err
    assert "HTX_SECRET_KEY" in err


def test_demo_live_and_exchange_exclude_each_other() -> None:
    """Two places at once is wrong usage."""
    code, _, err = run("balances", "--live", "--exchange", "http://127.0.0.1:1")
    assert code == ExitCode.USAGE
    assert "exclude" in err


def test_a_lost_answer_is_looked_up_and_else_has_a_code_of_its_own(exchange: RunningExchange) -> None:
    """When the answer to the POST is lost the order is found by its client order id, and sent once only."""
    before = len(exchange.orders())
    exchange.fault("/v1/order/orders/place", "drop-answer")
    price = far_price(exchange)
    code, placed, err = run_json(
        exchange, "order", "buy-limit", "dogeusdt", "--amount", "500", "--price", price, "--yes"
    )
    assert code == ExitCode.DONE, err
    assert isinstance(placed, dict)
    assert placed["state"] == "submitted"
    assert len(exchange.orders()) == before + 1


def test_an_order_that_cannot_be_found_is_unknown_with_its_id(exchange: RunningExchange) -> None:
    """Answer lost and look-ups lost: code 6, state uncertain, and the client order id on stdout and stderr."""
    for place in ("/v1/order/orders/place", "/v1/order/orders/getClientOrder"):
        exchange.fault(place, "drop-answer", times=None)
    try:
        code, placed, err = run_json(exchange, "order", "buy-market", "dogeusdt", "--amount", "20", "--yes")
    finally:
        exchange.clear_faults()
    assert code == ExitCode.UNKNOWN
    assert isinstance(placed, dict)
    assert placed["state"] == "uncertain"
    assert placed["client_order_id"] in err
    assert "Do not send it again" in err


def test_everything_written_lies_under_home(exchange: RunningExchange, own_home: Path) -> None:
    """``HBTUI_HOME`` holds the journal and the log, private to the user."""
    run("orders", "--exchange", exchange.rest)
    written = [path for path in own_home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in written)
    assert all(path.stat().st_mode & 0o077 == 0 for path in written)
    assert os.environ["HBTUI_HOME"] == str(own_home)
