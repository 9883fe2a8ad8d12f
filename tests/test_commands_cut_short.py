"""A command that is cut short, cannot write its answer, or shares the account: an order's truth is told still."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pexpect
import pytest

from hbtui.cli import ExitCode
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, exchange_in_thread

BUY = ("order", "buy-market", "dogeusdt", "--amount", "20", "--yes")
CLIENT_ORDER_ID = re.compile(r"\bhb1D[0-9A-Z]{28}\b")

on_linux = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")


@pytest.fixture
def exchange() -> Iterator[RunningExchange]:
    """An embedded exchange whose market stands still."""
    with exchange_in_thread(frozen=True) as running:
        yield running


def command(exchange: RunningExchange, *words: str) -> list[str]:
    """Spell a command on an exchange."""
    return [sys.executable, "-m", "hbtui", *words, "--exchange", exchange.rest]


def run(exchange: RunningExchange, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; ``options`` as of ``subprocess.run``."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.run(command(exchange, *words), check=False, timeout=60, **streams)  # type: ignore[call-overload, no-any-return]  # options of any kind


@contextlib.contextmanager
def begun(exchange: RunningExchange, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Begin a command; it is killed at the end if it still runs."""
    with subprocess.Popen(
        command(exchange, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_ended_while_an_order_is_on_its_way(exchange: RunningExchange, ending: signal.Signals) -> None:
    """Ctrl-C and the system's signals end the command with code 6 and the client order id, not with "interrupted"."""
    exchange.fault("/v1/order/orders/place", "hang", times=None)
    with begun(exchange, *BUY) as process:
        await eventually(lambda: len(exchange.orders()) == 1, 20)
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
    assert process.returncode == ExitCode.UNKNOWN
    (order,) = exchange.orders()
    assert str(order["client-order-id"]) in err
    assert str(order["client-order-id"]) in out
    assert "Do not send it again" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_ended_before_anything_was_sent(exchange: RunningExchange, ending: signal.Signals) -> None:
    """Ended while it reads, the command says so in one line, with the code of Ctrl-C; no order reached the exchange."""
    fault = exchange.fault("/v1/order/orders/place", "hang", times=None)
    fault_of_reads = exchange.fault("/market/detail/merged", "hang", times=None)
    with begun(exchange, *BUY) as process:
        await eventually(lambda: fault_of_reads.struck, 20)
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (ExitCode.INTERRUPTED, "", "hbtui: Interrupted.\n")
    assert (exchange.orders(), fault.struck) == ([], 0)


def test_ctrl_c_at_the_question_sends_nothing(exchange: RunningExchange) -> None:
    """Ctrl-C at "Send it?" ends at once; so does a plain Enter, as a no; a y sends one order."""
    for answer, code in (("\x03", ExitCode.INTERRUPTED), ("\r", ExitCode.DECLINED), ("y\r", ExitCode.DONE)):
        words = command(exchange, *(word for word in BUY if word != "--yes"))
        asked = pexpect.spawn(words[0], words[1:], timeout=20, encoding="utf-8")
        asked.expect_exact("Send it? [y/N] ")
        assert exchange.orders() == []
        asked.send(answer)
        asked.expect(pexpect.EOF)
        asked.close()
        assert asked.exitstatus == code
        assert "Traceback" not in (asked.before or "")
    assert len(exchange.orders()) == 1


def test_ctrl_c_after_the_answer_neither_prints_nor_changes_the_code(exchange: RunningExchange) -> None:
    """A Ctrl-C between the last word and the end of the process leaves answer, silence and code as they are."""
    script = """
import atexit, os, signal, sys
atexit.register(os.kill, os.getpid(), signal.SIGINT)
from hbtui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    words = [sys.executable, "-c", script, *BUY, "--exchange", exchange.rest]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    assert len(exchange.orders()) == 1


def test_a_fault_in_the_program_is_a_sentence_without_values(exchange: RunningExchange, own_home: Path) -> None:
    """An unforeseen error ends with one line and code 1; the log tells its kind and its way, and no value of it."""
    script = """
import sys
import hbtui.commands

async def fails(*_):
    raise ZeroDivisionError("canary-value")

hbtui.commands._balances = fails
from hbtui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    words = [sys.executable, "-c", script, "balances", "--exchange", exchange.rest]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    log = own_home / "logs" / "hbtui.log"
    assert (done.returncode, done.stdout) == (ExitCode.FAILED, "")
    assert done.stderr.count("\n") == 1
    assert "ZeroDivisionError" in done.stderr
    assert str(log) in done.stderr
    assert "the program failed: ZeroDivisionError at fails <string>:6" in log.read_text()
    assert "canary-value" not in log.read_text() + done.stderr


@on_linux
def test_a_full_disk_under_the_answer_does_not_hide_the_order(exchange: RunningExchange) -> None:
    """With stdout on a full disk the order's ids are on stderr, and the code still says that it was accepted."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run(exchange, *BUY, stdout=full)
    assert done.returncode == ExitCode.DONE
    assert str(exchange.orders()[0]["client-order-id"]) in done.stderr
    assert "Traceback" not in done.stderr


@on_linux
def test_a_full_disk_under_a_table_is_a_sentence(exchange: RunningExchange) -> None:
    """An answer that cannot be written is an error with a sentence, and nothing follows it at the program's end."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run(exchange, "balances", stdout=full)
    assert done.returncode == ExitCode.FAILED
    assert done.stderr == "hbtui: The answer could not be written: No space left on device.\n"


def test_a_reader_that_leaves_is_no_error(exchange: RunningExchange) -> None:
    """``hbtui klines … | head`` ends quietly."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as gone:
        done = run(exchange, "klines", "dogeusdt", "1min", "--size", "2000", stdout=gone)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")


def test_a_locale_without_unicode_refuses_no_character(exchange: RunningExchange) -> None:
    """Where the terminal knows only ASCII the answer to an order is still written, and its code is its own."""
    plain = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = run(exchange, *BUY, env=plain)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    assert CLIENT_ORDER_ID.search(done.stdout)


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_standard_streams_are_no_error(exchange: RunningExchange, closed: int) -> None:
    """Started with a standard stream closed, a command works, and nothing is written into what took its place."""

    def close() -> None:
        os.close(closed)

    words = ("order", "buy-market", "dogeusdt", "--amount", "20") if closed == 0 else ("balances",)
    done = run(exchange, *words, preexec_fn=close)
    assert done.returncode == (ExitCode.DECLINED if closed == 0 else ExitCode.DONE)
    assert "Traceback" not in done.stderr
    if closed == 2:
        assert "usdt" in done.stdout


def test_a_journal_that_fails_after_the_order_changes_nothing_about_it(
    exchange: RunningExchange, own_home: Path
) -> None:
    """The disk fails between the order and the note of it: the order is told, with its own code, and a note."""
    script = """
import sys
from hbtui.model.errors import JournalError
from hbtui.storage.journal import Journal

async def fails(*_):
    raise JournalError("The journal cannot be used: disk I/O error.")

Journal.record_order = Journal.record_outcome = fails
from hbtui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, *BUY, "--json", "--exchange", exchange.rest],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == ExitCode.DONE
    assert json.loads(done.stdout)["client_order_id"] == exchange.orders()[0]["client-order-id"]
    assert "disk I/O error" in done.stderr
    assert own_home.exists()


def test_without_a_journal_reading_and_cancelling_go_on_and_sending_does_not(
    exchange: RunningExchange, own_home: Path
) -> None:
    """Where nothing can be written a trader still sees and cancels; an order is refused before it is sent."""
    limit = ("order", "buy-limit", "dogeusdt", "--amount", "500", "--price", far_price(exchange), "--yes")
    placed = json.loads(run(exchange, *limit, "--json").stdout)
    blocked = {**os.environ, "HBTUI_HOME": str(own_home / "hbtui.log")}
    (own_home / "hbtui.log").write_text("a file, where a folder is needed")
    seen = run(exchange, "orders", env=blocked)
    assert placed["order_id"] in seen.stdout
    refused = run(exchange, *limit, env=blocked)
    assert (refused.returncode, refused.stdout) == (ExitCode.CONFIG, "")
    assert "cannot be opened" in refused.stderr
    assert len(exchange.orders()) == 1
    cancelled = run(exchange, "cancel", placed["order_id"], env=blocked)
    assert cancelled.returncode == ExitCode.DONE
    assert exchange.orders()[0]["state"] == "canceled"


def test_a_cancel_without_an_answer_is_not_called_taken(exchange: RunningExchange) -> None:
    """Where no cancel is answered nobody claims that the exchange took it; the code says that the end is not known."""
    limit = ("order", "buy-limit", "dogeusdt", "--amount", "500", "--price", far_price(exchange), "--yes")
    placed = json.loads(run(exchange, *limit, "--json").stdout)
    exchange.fault(f"/v1/order/orders/{placed['order_id']}/submitcancel", "drop", times=None)
    done = run(exchange, "cancel", placed["order_id"])
    assert done.returncode == ExitCode.UNKNOWN
    assert "Nobody knows whether the exchange took the request" in done.stderr


def test_a_folder_full_of_other_programs_is_not_run(tmp_path: Path) -> None:
    """The demo's exchange takes no module from the folder a person happens to be in."""
    for name in ("uvicorn", "starlette", "secrets", "hbtui"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('run from a stranger’s folder')\n")
    launch = (
        "import sys; sys.path = [one for one in sys.path if one]; from hbtui.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", launch, "balances"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")


def far_price(exchange: RunningExchange) -> str:
    """A buying price that rests."""
    return format((exchange.last_price("dogeusdt") * Decimal("0.95")).quantize(Decimal("0.00001")), "f")


def wait_for(screen: "pexpect.spawn[bytes]", condition: Callable[[], object]) -> None:
    """Read what the screen paints until the condition holds."""
    for _ in range(2000):
        if condition():
            return
        with contextlib.suppress(pexpect.TIMEOUT):
            screen.read_nonblocking(65_536, timeout=0.01)
    pytest.fail("the screen did not get there")
