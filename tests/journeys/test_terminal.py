"""The program in a real pseudo-terminal: it opens, it leaves, and nothing of it stays behind."""

import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pexpect
import psutil
import pytest

from tests.support.eventually import eventually_sync
from tests.support.readme import README, command

LEFT, CURSOR = "\x1b[?1049l", "\x1b[?25h"


def opened(words: Sequence[str], *, cwd: Path | None = None, timeout_s: float = 60) -> "pexpect.spawn[str]":
    """Run a program in a pseudo-terminal of 120×40."""
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    child = pexpect.spawn(
        words[0], list(words[1:]), dimensions=(40, 120), env=environ, cwd=cwd, timeout=timeout_s, encoding="utf-8"
    )
    child.delaybeforesend = None
    return child


def wait_until_live(child: "pexpect.spawn[str]") -> None:
    """Wait for the mode, and for the account that only an answered request can know."""
    child.expect_exact("DEMO")
    child.expect_exact("…0009")


def test_q_leaves_the_terminal_as_it_was_and_no_process_behind() -> None:
    """After q: main screen, cursor, the same terminal settings, exit code 0, and the embedded exchange is gone."""
    child = opened([sys.executable, "-m", "hbtui"])
    try:
        wait_until_live(child)
        family = psutil.Process(child.pid).children(recursive=True)
        assert any("hbtui.sim" in " ".join(one.cmdline()) for one in family)
        child.send("q")
        child.expect_exact(LEFT)
        child.expect_exact(CURSOR)
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
        eventually_sync(lambda: not any(one.is_running() for one in family), what="the end of the exchange's process")
    finally:
        child.close(force=True)


def test_the_terminals_settings_are_put_back() -> None:
    """The line discipline (echo, line mode, signals) is the same after q as before the start."""
    holder, line = pty.openpty()
    try:
        before = termios.tcgetattr(line)
        environ = {**os.environ, "TERM": "xterm-256color"}
        with subprocess.Popen(
            [sys.executable, "-m", "hbtui"], stdin=line, stdout=line, stderr=line, env=environ
        ) as process:
            seen = b""
            while "…0009".encode() not in seen:
                seen += os.read(holder, 65_536)
            assert termios.tcgetattr(line) != before
            os.write(holder, b"q")
            eventually_sync(lambda: _drained(holder, process), 40, what="the program's end")
        assert termios.tcgetattr(line) == before
    finally:
        os.close(holder)
        os.close(line)


def _drained(holder: int, process: "subprocess.Popen[bytes]") -> bool:
    os.set_blocking(holder, False)
    try:
        while os.read(holder, 65_536):
            continue
    except BlockingIOError:
        pass
    return process.poll() is not None


def test_a_killed_program_takes_its_exchange_with_it() -> None:
    """SIGKILL cannot be handled, yet the embedded exchange ends: its input closes with its parent."""
    child = opened([sys.executable, "-m", "hbtui"])
    try:
        wait_until_live(child)
        family = psutil.Process(child.pid).children(recursive=True)
        assert family
        psutil.Process(child.pid).kill()
        eventually_sync(
            lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family),
            what="the end of the exchange's process",
        )
    finally:
        child.close(force=True)


def test_without_a_terminal_the_screen_says_what_to_use_instead() -> None:
    """In a pipe there is no screen: a sentence names the commands, and the exit code is not 0."""
    done = subprocess.run(
        [sys.executable, "-m", "hbtui"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    assert "needs a terminal" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_first_command_of_the_readme_opens_the_trade_screen_from_nothing(tmp_path: Path) -> None:
    """In a copy of the sources, with nothing but Python and pip, the README's line ends on a live trade screen."""
    copy = tmp_path / "hbtui"
    shutil.copytree(README.parent, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
    child = opened(["bash", "-c", command("open")], cwd=copy, timeout_s=500)
    try:
        wait_until_live(child)
        child.send("q")
        child.expect_exact(LEFT)
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
    finally:
        child.close(force=True)
