"""The README is a promise: its tables are the program's own, its example runs, its picture is there."""

import asyncio
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from hbtui.model.order import OrderType
from hbtui.order_words import read_batch
from hbtui.settings import SETTINGS_NAME, Settings, read_settings
from hbtui.trading.views import Caps
from tests.support.exchange import exchange_in_thread, running_exchange
from tests.support.readme import README, block, command, example, renewed


def test_every_table_is_the_programs_own() -> None:
    """Keys, commands and exit codes stand in the README exactly as the program has them."""
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: python -m tests.support.readme write"


def test_two_one_line_commands_do_the_set_up() -> None:
    """One line opens the program and one passes the tests, each from nothing but Python and pip."""
    assert command("open").startswith("python3 -m venv")
    assert command("open").endswith("hbtui")
    assert "pytest" in command("test")


def test_every_picture_is_there() -> None:
    """No picture of the README is missing."""
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).is_file(), target


def test_the_settings_are_the_defaults_in_every_line(tmp_path: Path) -> None:
    """What stands there is read as it is, and changes nothing; nothing that can be set is left out."""
    (tmp_path / SETTINGS_NAME).write_text(block("settings"), encoding="utf-8")
    assert read_settings(tmp_path) == Settings()
    named = re.findall(r"^(max_\w+|seconds) =", block("settings"), re.MULTILINE)
    assert sorted(named) == sorted([*(f"max_{one.name}" for one in fields(Caps))] * 2 + ["seconds"])


def test_the_batch_is_one_that_can_be_sent(tmp_path: Path) -> None:
    """The file of the README is read as it stands: a limit and a stop order."""
    (tmp_path / "orders.json").write_text(block("batch"), encoding="utf-8")
    first, second = read_batch(tmp_path / "orders.json")
    assert (first.type, second.type, second.operator) == (OrderType.LIMIT, OrderType.STOP_LIMIT, "lte")


async def test_the_example_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python example, unchanged but for where it connects, prints balances, a price, and a cancelled order."""
    async with running_exchange() as exchange:
        code = compile(
            example().replace("hbtui.connect()", f"hbtui.connect(exchange={exchange.rest!r})"), "README", "exec"
        )
        await asyncio.to_thread(exec, code, {"__name__": "example"})
    said = capsys.readouterr().out
    assert "usdt" in said
    assert "average of 25" in said
    assert "now" in said


def test_the_archives_example_runs_on_what_its_commands_fetch(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fetched as the README says from the demo's market, the crossover's return is computed."""
    lines = (line.partition("#")[0] for line in block("archive commands").splitlines())
    asked = next(line for line in lines if " fetch " in line and "--live" not in line).split()
    with exchange_in_thread() as exchange:
        words = [*asked, "--exchange", exchange.rest]
        subprocess.run([sys.executable, "-m", *words], cwd=README.parent, check=True, capture_output=True)
    exec(compile(example("archive example"), "README", "exec"), {"__name__": "example"})  # noqa: S102 - our own README
    assert re.search(r"crossover [+-][0-9.]+%, held all the time [+-][0-9.]+%", capsys.readouterr().out)
    assert (own_home / "archive" / "embedded-seed-1.sqlite").exists()
