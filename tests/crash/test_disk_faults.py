"""Disks that fail, fill up or take their time, under a real process (D1, D2, D3): nothing promised is lost."""

import asyncio
import sys
from pathlib import Path

import pytest

from hbtui.storage.journal import Journal
from tests.crash.strace import run_writing
from tests.storage.journals import ROOT

COUNT = 12
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_001, 100_001))
os.execv(sys.executable, [sys.executable, "-m", "tests.crash.writing", *sys.argv[1:]])
"""


def kept(told: list[str]) -> tuple[list[str], list[str]]:
    """Tell the promised intents, and what was said once the disk had failed; after that nothing is promised."""
    words = [line.split(" ", 1) for line in told]
    promised = [what for word, what in words if word == "ack"]
    refused = [what for word, what in words if word in {"no", "halted"}]
    assert [word for word, _ in words] == ["ack"] * len(promised) + [word for word, _ in words[len(promised) :]]
    assert refused == [what for _, what in words[len(promised) :]]
    assert len(set(refused)) <= 1, "the reason changed"
    return promised, refused


async def require_all(path: Path, promised: list[str]) -> None:
    """Open what the process left, on a sound disk: whole, and with every promised intent."""
    async with Journal.open(path) as journal:
        assert set(promised) <= {intent.client_order_id for intent in await journal.sent_since(0)}


# the second is SQLite's own of the folder, whose failure it swallows: hbtui's, which comes before it, is tested below
@pytest.mark.parametrize("when", [1, 3, 4, 7, 9, 10])
async def test_a_sync_that_fails_stops_the_journal_until_it_is_opened_anew(tmp_path: Path, when: int) -> None:
    """After EIO from the n-th fdatasync, of log or file, nothing is promised any more, and what was is there (D2)."""
    path = tmp_path / "live-1.sqlite"
    fault = ("-e", "trace=fdatasync", "-e", f"inject=fdatasync:error=EIO:when={when}", "-o", str(tmp_path / "log"))
    promised, refused = kept(run_writing(path, str(COUNT), *fault))
    assert len(promised) < COUNT
    assert refused == [f"The journal {path} cannot be used: disk I/O error."] * len(refused)
    assert refused
    await require_all(path, promised)


@pytest.mark.parametrize("when", [1, 2, 3])
async def test_a_new_journal_that_cannot_be_synced_is_not_begun(tmp_path: Path, when: int) -> None:
    """Where the new file, its name or its log's cannot be brought to the disk, nothing is sent; the next start can."""
    path = tmp_path / "live-1.sqlite"
    fault = ("-e", "trace=fsync", "-e", f"inject=fsync:error=EIO:when={when}", "-o", str(tmp_path / "log"))
    promised, refused = kept(run_writing(path, str(COUNT), *fault))
    assert (promised, len(refused)) == ([], 1)
    await require_all(path, promised)


@pytest.mark.parametrize(("call", "error"), [("pwrite64", "ENOSPC"), ("pwrite64", "EROFS"), ("pwrite64", "EDQUOT")])
async def test_a_disk_that_takes_no_more_stops_the_journal(tmp_path: Path, call: str, error: str) -> None:
    """A full, read-only or used-up disk is a sentence at the commit that meets it, and at every later one (D1)."""
    path = tmp_path / "live-1.sqlite"
    async with Journal.open(path):
        pass
    fault = ("-e", f"trace={call}", "-e", f"inject={call}:error={error}:when=40+", "-o", str(tmp_path / "log"))
    promised, refused = kept(run_writing(path, str(COUNT), *fault))
    assert promised
    assert refused
    assert refused[0].startswith(f"The journal {path} cannot be used: ")
    await require_all(path, promised)


async def test_a_file_that_may_grow_no_further_stops_the_journal(tmp_path: Path) -> None:
    """Where the kernel cuts a write short (RLIMIT_FSIZE), no half of an intent stays (D1)."""
    path = tmp_path / "live-1.sqlite"
    async with Journal.open(path):
        pass

    command = (sys.executable, "-c", LIMITED, str(path), "40")
    done = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _ = await done.communicate()
    promised, refused = kept(told.decode().splitlines())
    assert promised
    assert refused
    await require_all(path, promised)


async def test_a_slow_disk_holds_the_writer_and_not_the_loop(tmp_path: Path) -> None:
    """While an fdatasync takes 0.7 s the process's heart beats on, and a cancel gets past the waiting intent (D3)."""
    path = tmp_path / "live-1.sqlite"
    async with Journal.open(path):
        pass
    slow = ("-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=700000:when=4", "-o", str(tmp_path / "log"))
    told = dict(line.split(" ", 1) for line in run_writing(path, "slow", *slow))
    assert told["cancel-noted"] == "before"
    assert int(told["beats"]) > 10
