"""The commands that place and cancel: every type and account, batches, caps, ids, and the journal of it all."""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pytest

from hbtui.cli import ExitCode
from hbtui.config import places
from hbtui.model.account import Mode
from hbtui.model.order import OrderType, Refused, Side
from hbtui.sim.keys import C2C_MARGIN_ACCOUNT, MARGIN_ACCOUNTS, SPOT_ACCOUNT, SUPER_MARGIN_ACCOUNT
from hbtui.sim.options import CROSS_OPENING
from hbtui.storage.journal import Journal
from hbtui.trading.client_ids import new_client_order_id
from tests.support.commands import Commands, Said, far_price
from tests.support.exchange import RunningExchange, exchange_in_thread
from tests.support.trading_values import intent

ACCOUNTS = {
    "spot": SPOT_ACCOUNT,
    "margin": MARGIN_ACCOUNTS["dogeusdt"],
    "cross-margin": SUPER_MARGIN_ACCOUNT,
    "c2c-margin": C2C_MARGIN_ACCOUNT,
}
SOURCES = {
    "spot": "spot-api",
    "margin": "margin-api",
    "cross-margin": "super-margin-api",
    "c2c-margin": "c2c-margin-api",
}
MARKET = ("order", "buy-market", "dogeusdt", "--amount", "20", "--yes")


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    """An embedded exchange whose market stands still."""
    with exchange_in_thread(frozen=True) as running:
        yield running


@pytest.fixture
def run(exchange: RunningExchange, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Commands on that exchange."""
    return Commands(exchange, capsys)


def settings(home: Path, text: str) -> None:
    """Write the user's settings."""
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text(text)


def journal(home: Path) -> Path:
    """The one journal below a home."""
    (found,) = home.rglob("journals/*.sqlite")
    return found


@pytest.fixture(scope="module")
def wide_exchange() -> Iterator[RunningExchange]:
    """One exchange for all types and accounts."""
    with exchange_in_thread(frozen=True, rate_limits=False, c2c_balances=CROSS_OPENING) as running:
        yield running


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("kind", OrderType)
def test_every_type_from_every_account_arrives_as_it_was_meant(
    wide_exchange: RunningExchange, capsys: pytest.CaptureFixture[str], kind: OrderType, side: Side, account: str
) -> None:
    """The exchange's own record has type, account, source, amount, price and stop of the command's words."""
    last = wide_exchange.last_price("dogeusdt")
    is_buy = side is Side.BUY
    words = ["--amount", "20" if is_buy and kind is OrderType.MARKET else "200", "--account", account]
    near = format((last * Decimal("0.98" if is_buy else "1.02")).quantize(Decimal("0.00001")), "f")
    stop = format((last * Decimal("1.05" if is_buy else "0.95")).quantize(Decimal("0.00001")), "f")
    if kind.has_price:
        words += ["--price", stop if kind.has_stop else near]
    if kind.has_stop:
        words += ["--stop-price", stop, "--operator", "gte" if is_buy else "lte"]
    before = len(wide_exchange.orders())
    said = Commands(wide_exchange, capsys)("order", f"{side.value}-{kind.value}", "dogeusdt", "--yes", *words)
    assert said.code is ExitCode.DONE, said.err
    (order,) = wide_exchange.orders()[before:]
    assert str(order["id"]) == said.answer["order_id"]
    assert order["client-order-id"] == said.answer["client_order_id"]
    assert (order["type"], order["account-id"], order["source"]) == (
        f"{side.value}-{kind.value}",
        ACCOUNTS[account],
        SOURCES[account],
    )
    assert Decimal(str(order["amount"])) == Decimal(words[1])
    if kind.has_price:
        assert Decimal(str(order["price"])) == Decimal(stop if kind.has_stop else near)
    if kind.has_stop:
        assert (Decimal(str(order["stop-price"])), order["operator"]) == (Decimal(stop), "gte" if is_buy else "lte")


def test_an_account_can_be_named_by_its_id_and_an_unknown_one_is_refused(run: Commands) -> None:
    """An id of the user's accounts is taken; another one, or a margin account that is not open, is a sentence."""
    said = run.limit("--account", str(SUPER_MARGIN_ACCOUNT))
    assert (said.code, said.answer["account_id"]) == (ExitCode.DONE, SUPER_MARGIN_ACCOUNT)
    for account in ("424242", "c2c-margin"):
        refused = run.limit("--account", account)
        assert (refused.code, refused.out) == (ExitCode.REFUSED, "")
        assert account in refused.err
    assert len(run.exchange.orders()) == 1


def test_yes_never_passes_a_cap_and_allow_passes_that_one_alone(run: Commands, own_home: Path) -> None:
    """An order above a cap needs ``--allow`` with its code, another code does not help, and the journal tells it."""
    settings(own_home, "[limits.demo]\nmax_order_value = 15\n")
    for words in ((), ("--allow", "PRICE_COLLAR")):
        refused = run(*MARKET, *words)
        assert (refused.code, refused.out) == (ExitCode.REFUSED, "")
        assert "--allow MAX_ORDER_VALUE" in refused.err
    assert run.exchange.orders() == []
    said = run(*MARKET, "--allow", "max-order-value")
    assert said.code is ExitCode.DONE, said.err
    (first, *_) = run("audit", said.answer["client_order_id"]).rows
    assert first["kind"] == "intent"
    assert "MAX_ORDER_VALUE" in json.dumps(first["facts"])


def test_what_a_clock_far_ahead_stamped_counts_for_a_day_and_shuts_nothing(run: Commands, own_home: Path) -> None:
    """Two minutes after the clock was set right orders go out again; what was sent before counts against the cap."""
    value = 500 * Decimal(far_price(run.exchange))
    settings(own_home, f"[limits.demo]\nmax_session_value = {value * 3 + 15}\n")
    assert run("orders").rows == []
    now_ms = time.time_ns() // 1_000_000
    ahead_ms = now_ms + 3650 * 86_400_000

    async def send_ahead() -> None:
        path = journal(own_home)
        path.unlink()
        async with Journal.open(path, ahead_ms) as kept:
            for number in range(25):
                meant = intent(created_ms=ahead_ms + number, seed=b"%010d" % number)
                await kept.record_intent(replace(meant, value=value * 2 / 25))
                await kept.record_outcome(meant.client_order_id, Refused("a", "b"), ahead_ms + number)
        async with Journal.open(path, now_ms - 120_000):
            pass

    asyncio.run(send_ahead())
    said = run.limit()
    assert said.code is ExitCode.DONE, said.err
    too_much = run.limit(amount="501")
    assert (too_much.code, "MAX_SESSION_VALUE" in too_much.err) == (ExitCode.REFUSED, True)
    assert "RATE" not in too_much.err


def test_what_was_sent_counts_for_the_commands_after(run: Commands, own_home: Path) -> None:
    """The cap on all that was sent in 24 hours, and the one on all that is open, hold from one command to the next."""
    value = 500 * Decimal(far_price(run.exchange))
    caps = f"max_session_value = {value * 2 + 15}\nmax_open_value = {value + 25}\n"
    settings(own_home, f"[limits.demo]\n{caps}")
    assert run.limit().code is ExitCode.DONE
    too_open = run.limit(amount="499")
    assert (too_open.code, "MAX_OPEN_VALUE" in too_open.err) == (ExitCode.REFUSED, True)
    assert run("cancel", "--all", "--yes").code is ExitCode.DONE
    assert run.limit(amount="498").code is ExitCode.DONE
    too_much = run(*MARKET, "--allow", "MAX_OPEN_VALUE")
    assert (too_much.code, "MAX_SESSION_VALUE" in too_much.err) == (ExitCode.REFUSED, True)
    assert len(run.exchange.orders()) == 2


def resting(exchange: RunningExchange, number: int, **words: object) -> dict[str, object]:
    """A limit buy that rests, unlike any other."""
    price = far_price(exchange)
    return {"type": "buy-limit", "symbol": "dogeusdt", "amount": str(200 + number), "price": price, **words}


def place(run: Commands, orders: object, *words: str) -> Said:
    """Send orders as a file."""
    path = places().data.parent / "orders.json"
    path.write_text(orders if isinstance(orders, str) else json.dumps(orders))
    return run("order", "--batch", str(path), "--yes", *words)


def test_twins_and_a_loop_gone_wild_are_stopped_across_commands(run: Commands) -> None:
    """The same order twice in one request is not sent, nor is the twenty-first order of a minute."""
    twins = place(run, [{"type": "buy-market", "symbol": "dogeusdt", "amount": "20"}] * 2)
    assert (twins.code, "same order" in twins.err) == (ExitCode.REFUSED, True)
    assert run.exchange.orders() == []
    ten = [resting(run.exchange, number) for number in range(10)]
    assert place(run, ten).code is ExitCode.DONE
    fast = place(run, [resting(run.exchange, number) for number in range(10, 20)], "--allow", "RATE")
    if fast.code is ExitCode.REFUSED:  # within a second of the ten before
        assert "at most 2 orders in 1 s" in fast.err
    else:
        assert "orders in" in run.limit(amount="777").err
    assert len(run.exchange.orders()) == (10 if fast.code else 20)


def test_a_batch_is_one_request_with_an_outcome_for_each(run: Commands, own_home: Path) -> None:
    """Ten orders: what the exchange took is told as taken, what it refused as refused, and the code is the worst."""
    spent = {"account-id": str(SPOT_ACCOUNT), "symbol": "btcusdt", "type": "buy-market", "amount": "9950"}
    fault = run.exchange.fault("/v1/order/batch-orders", "meanwhile", fields=spent)
    orders = [resting(run.exchange, number) for number in range(10)]
    worth = [Decimal(str(order["amount"])) * Decimal(str(order["price"])) for order in orders]
    taken = sum(total <= 50 for total in accumulate(worth))  # 50 are left of 10,000, and each costs more than the last
    assert 0 < taken < 10
    said = place(run, orders)
    assert (said.code, fault.struck) == (ExitCode.REFUSED, 1)
    states = [row["state"] for row in said.rows]
    assert states == ["submitted"] * taken + ["refused"] * (10 - taken)
    assert said.err.count("Refused: ") == 10 - taken
    ours = [order for order in run.exchange.orders() if order["symbol"] == "dogeusdt"]
    assert [order["client-order-id"] for order in ours] == [row["client_order_id"] for row in said.rows[:taken]]
    with closing(sqlite3.connect(journal(own_home))) as connection:
        intents = connection.execute("SELECT count(*) FROM entries WHERE kind = 'intent'").fetchone()
    assert intents == (10,)


def test_an_order_of_a_batch_that_nobody_can_find_makes_the_code_6(run: Commands) -> None:
    """One row says nothing: that order alone is uncertain, and its id is told; the others are what they are."""
    orders = [resting(run.exchange, number, client_order_id=f"mine-{number}") for number in range(3)]
    run.exchange.fault("/v1/order/orders/getClientOrder", "drop", times=None, after=3)
    fields = {"err-code": "gateway-internal-error", "err-msg": "try again"}
    where = {"client-order-id": "mine-1"}
    run.exchange.fault("/v1/order/batch-orders", "edit", where=where, fields=fields, without=("order-id",))
    said = place(run, orders)
    assert [row["state"] for row in said.rows] == ["submitted", "uncertain", "submitted"]
    assert said.code is ExitCode.UNKNOWN
    assert "Do not send it again; its client order id is mine-1" in said.err
    assert len(run.exchange.orders()) == 3


def test_a_batch_with_one_forbidden_order_sends_none(run: Commands) -> None:
    """Each order has its own checks; what forbids one forbids the request, since it is one act."""
    said = place(run, [resting(run.exchange, 1), {**resting(run.exchange, 2), "amount": "0.000001"}])
    assert (said.code, said.out) == (ExitCode.REFUSED, "")
    assert run.exchange.orders() == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "0 orders"),
        ("[]", "0 orders"),
        ("{not json", "not JSON"),
        ('"text"', "no JSON object"),
        ("[" * 5000, "not JSON"),
        ('[{"type": "buy-market", "symbol": "dogeusdt"}]', "Order 1"),
        ('[{"type": "buy-market", "symbol": "dogeusdt", "amount": 20.5}]', "as text"),
        ('[{"type": "buy-market", "symbol": "dogeusdt", "amount": "20", "amount": "30"}]', "twice"),
        ('[{"type": "buy-market", "symbol": "dogeusdt", "amount": "20", "leverage": "5"}]', "leverage"),
        ('[{"type": "buy-market", "symbol": "dogeusdt", "amount": "20", "price": "1"}]', "no price"),
        ('[{"type": "buy-market", "symbol": "dogeusdt", "amount": true}]', "amount must be text"),
        ('[{"type": 5, "symbol": "dogeusdt", "amount": "1"}]', "type must be text"),
        (
            '[{"type": "buy-market", "symbol": "dogeusdt", "amount": "1", "self_match_prevent": "yes"}]',
            "self_match_prevent is true or false",
        ),
        ('{"type":"buy-market","symbol":"dogeusdt","amount":"20"}\n' * 11, "11 orders"),
        ("x" * 70_000, "too large"),
    ],
)
def test_a_batch_file_that_makes_no_sense_is_a_sentence(run: Commands, content: str, told: str) -> None:
    """What is wrong with the file, and with which order of it; nothing is asked of anybody."""
    said = place(run, content)
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert told in said.err
    assert run.exchange.orders() == []


def test_a_batch_takes_one_order_a_line_too(run: Commands) -> None:
    """JSON lines, with the pair as people write it and a whole number for the amount."""
    lines = [{**resting(run.exchange, at), "symbol": "DOGE/USDT", "amount": 200 + at} for at in (1, 2)]
    said = place(run, "\n".join(json.dumps(line) for line in lines))
    assert (said.code, [row["amount"] for row in said.rows]) == (ExitCode.DONE, ["201", "202"])


@pytest.mark.parametrize("given", ["mine_1", ""])
def test_an_order_of_long_ago_is_cancelled_by_its_client_order_id(run: Commands, given: str) -> None:
    """HTX finds an order by client order id for some hours only; the journal knows the id by which it still does."""
    key = run.limit(*(("--client-order-id", given) if given else ())).answer["client_order_id"]
    run.exchange.fault("/v1/order/orders/getClientOrder", "error", code="base-record-invalid", times=None)
    said = run("cancel", key, "--yes")
    assert said.code is ExitCode.DONE, said.err
    assert said.answer["state"] == "canceled"
    (order,) = run.exchange.orders()
    assert order["state"] == "canceled"
    nobodys = run("cancel", "unknown_1", "--yes")
    assert (nobodys.code, "knows no order" in nobodys.err) == (ExitCode.REFUSED, True)


def test_a_client_order_id_is_taken_once(run: Commands, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the journal knows is refused; so is one that only the exchange knows, open or finished."""
    assert run.limit("--client-order-id", "mine_1").answer["client_order_id"] == "mine_1"
    again = run.limit("--client-order-id", "mine_1", amount="501")
    assert (again.code, "used before" in again.err) == (ExitCode.REFUSED, True)
    monkeypatch.setenv("HBTUI_HOME", str(own_home / "another"))
    for _ in range(2):
        elsewhere = run.limit("--client-order-id", "mine_1", amount="502")
        assert (elsewhere.code, "exchange knows" in elsewhere.err) == (ExitCode.REFUSED, True)
        assert run("cancel", "--all", "--yes").code is ExitCode.DONE
    assert len(run.exchange.orders()) == 1


def test_an_id_of_hbtuis_own_making_is_taken_once(
    run: Commands, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that another home's hbtui made, and that its owner gives again, is refused like any other."""
    made = new_client_order_id(Mode.DEMO, time.time_ns() // 1_000_000 - 120_000)
    assert run.limit("--client-order-id", made).code is ExitCode.DONE
    assert run("cancel", "--all", "--yes").code is ExitCode.DONE
    monkeypatch.setenv("HBTUI_HOME", str(own_home / "another"))
    again = run.limit("--client-order-id", made, amount="501")
    assert (again.code, "exchange knows" in again.err) == (ExitCode.REFUSED, True)
    assert len(run.exchange.orders()) == 1


def test_a_client_order_id_of_another_pair_is_taken_once(run: Commands) -> None:
    """One that another program used within a day is refused, also where its order was of another pair and is over."""
    taken = run.exchange.place(symbol="trxusdt", type="buy-limit", amount="100", price="0.1", client_order_id="mine_1")
    run.exchange.fill(taken)
    run.exchange.fault("/v1/order/orders/getClientOrder", "error", code="base-record-invalid", times=None)
    said = run.limit("--client-order-id", "mine_1")
    assert (said.code, "exchange knows" in said.err) == (ExitCode.REFUSED, True)
    assert len(run.exchange.orders()) == 1


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "hb1Dforged", "ü"])
def test_what_is_no_client_order_id_is_wrong_usage(run: Commands, given: str) -> None:
    """Too long, empty, of other characters, or looking like one of hbtui's own."""
    said = run.limit("--client-order-id", given)
    assert (said.code, run.exchange.orders()) == (ExitCode.USAGE, [])


def test_several_orders_are_cancelled_and_each_is_told(run: Commands) -> None:
    """By both kinds of ids in one command; one that nobody knows is told as such, and is the code."""
    first, second = run.limit().answer, run.limit(amount="501").answer
    said = run("cancel", first["order_id"], second["client_order_id"], "123456789")
    assert [row["state"] for row in said.rows] == ["canceled", "canceled"]
    assert said.code is ExitCode.REFUSED
    assert "knows no order '123456789'" in said.err
    assert {order["state"] for order in run.exchange.orders()} == {"canceled"}


def test_everything_is_cancelled_in_every_account_or_of_one_pair(run: Commands) -> None:
    """``cancel --all`` ends when the list is empty; ``--symbol`` leaves the other pairs alone."""
    price = format((run.exchange.last_price("btcusdt") * Decimal("0.95")).quantize(Decimal("0.01")), "f")
    bitcoin = {**resting(run.exchange, 0), "symbol": "btcusdt", "amount": "0.001", "price": price}
    assert place(run, [resting(run.exchange, 1), resting(run.exchange, 2, account="cross-margin"), bitcoin]).code == 0
    said = run("cancel", "--all", "--symbol", "doge/usdt", "--yes")
    assert (said.code, said.rows) == (ExitCode.DONE, [{"asked": 2, "remaining": 0}])
    assert [order["symbol"] for order in run.exchange.orders() if order["state"] == "submitted"] == ["btcusdt"]
    assert run("cancel", "--all", "--yes").code is ExitCode.DONE
    assert run("orders").rows == []
    assert run("cancel", "--all").code is ExitCode.DECLINED


@pytest.mark.parametrize(
    "words",
    [
        ("cancel",),
        ("cancel", "1", "--all"),
        ("cancel", "1", "--symbol", "dogeusdt"),
        ("cancel", *map(str, range(51))),
        ("cancel", "../1"),
        ("order", "buy-limit", "dogeusdt", "--yes"),
        ("order", "--yes"),
        ("order", "buy-stop-limit", "dogeusdt", "--amount", "9", "--price", "1", "--yes"),
        ("order", "buy-limit", "dogeusdt", "--amount", "9", "--price", "1", "--operator", "gte", "--yes"),
        ("order", *MARKET[1:], "--allow", "anything goes"),
        ("order", *MARKET[1:], "--account", "futures"),
        ("order", *MARKET[1:], "--batch", "orders.json"),
        ("order", "--batch", "/nowhere/orders.json", "--yes"),
        ("switch", "5"),
        ("switch", "soon"),
    ],
)
def test_words_that_do_not_fit_together_are_wrong_usage(run: Commands, words: tuple[str, ...]) -> None:
    """Code 2, one sentence, and nothing is sent or cancelled."""
    said = run(*words)
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert said.err.count("hbtui: ") == 1
    assert run.exchange.orders() == []


def test_history_and_fills_are_told_with_fee_and_role(run: Commands) -> None:
    """``orders --history`` and ``--fills`` show what ended in the last 48 hours."""
    sent = run(*MARKET).answer
    (past,) = run("orders", "--history", "dogeusdt").rows
    assert (past["order_id"], past["state"]) == (sent["order_id"], "filled")
    fills = run("orders", "--fills").rows  # as many as the levels that the order took
    assert {(fill["order_id"], fill["role"], fill["fee_currency"]) for fill in fills} == {
        (sent["order_id"], "taker", "doge")
    }
    assert all(Decimal(fill["fee"]) > 0 for fill in fills)
    assert run("orders", "btcusdt", "--fills").rows == []


def test_the_audit_tells_an_order_from_the_decision_to_its_end(run: Commands) -> None:
    """By either id: what was meant and shown, the outcome, the fills; an unknown id is a sentence."""
    sent = run(*MARKET).answer
    by_own, by_theirs = (run("audit", sent[name]).rows for name in ("client_order_id", "order_id"))
    assert by_own == by_theirs
    kinds = [row["kind"] for row in by_own]
    assert kinds[:2] == ["intent", "outcome"]
    assert {"fill", "order"} <= set(kinds)
    told = json.dumps(by_own[0]["facts"])
    assert "spend 20 USDT" in told
    assert "command" in told
    unknown = run("audit", "nobody")
    assert (unknown.code, unknown.out) == (ExitCode.REFUSED, "")


def test_a_damaged_journal_stops_orders_until_it_is_set_aside(run: Commands, own_home: Path) -> None:
    """Reading goes on; check says which file; setting aside asks, keeps the file, and then orders can be sent again."""
    assert run.limit().code is ExitCode.DONE
    assert [row["state"] for row in run("journal", "check").rows] == ["sound"]
    assert run("journal", "set-aside", "--yes").code is ExitCode.REFUSED
    path = journal(own_home)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    checked = run("journal", "check")
    (row,) = checked.rows
    assert (checked.code, row["journal"], row["state"]) == (ExitCode.CONFIG, str(path), "damaged")
    assert run.limit(amount="501").code is ExitCode.CONFIG
    assert len(run("orders").rows) == 1
    assert run("journal", "set-aside").code is ExitCode.DECLINED
    aside = run("journal", "set-aside", "--yes")
    (moved,) = aside.rows
    assert aside.code is ExitCode.DONE
    assert Path(moved["kept_as"]).read_bytes() == whole[: len(whole) // 2]
    assert run.limit(amount="502").code is ExitCode.DONE
    assert len(run.exchange.orders()) == 2


def test_the_dead_mans_switch_is_armed_and_disarmed_once_each(run: Commands) -> None:
    """The answer names the time; the sentence says that every spot order goes, and that nobody puts it off."""
    armed = run("switch", "60")
    (row,) = armed.rows
    assert (armed.code, row["timeout_s"]) == (ExitCode.DONE, 60)
    assert int(row["trigger_ms"]) > 0
    assert "EVERY spot order" in armed.err
    assert "Nothing puts it off" in armed.err
    assert run("switch", "off").rows == [{"timeout_s": 0, "trigger_ms": None}]


def test_a_person_reads_dates_and_a_journal_that_fits_the_terminal(run: Commands) -> None:
    """Without ``--json`` no milliseconds are printed, and no line of the journal is wider than a terminal."""
    sent = run.limit().answer
    listed, audited = run.plainly("orders").out, run.plainly("audit", sent["order_id"]).out
    assert re.search(r"\b[0-9]{13}\b", listed + audited) is None
    created = datetime.fromtimestamp(sent["created_ms"] / 1000, UTC).astimezone()
    assert f"{created:%Y-%m-%d %H:%M:%S}" in listed
    assert max(map(len, audited.splitlines())) <= 110
    for words in ("intent", "outcome", "lease_until_ms", sent["client_order_id"], '"source":"spot-api"'):
        assert words in audited, words
