"""Runs a process under strace: to spoil its system calls, or to record what it writes and when that is on the disk."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.storage.journals import ROOT

__all__ = ["Ack", "Create", "Op", "Rename", "Sync", "Truncate", "Unlink", "Write", "recorded", "run_writing"]

RECORDED = "openat,pwrite64,write,ftruncate,fdatasync,fsync,unlink,unlinkat,rename,renameat,renameat2,mmap"


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put somewhere in a file."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file cut or stretched."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All of a file, or of the folder where the name is empty, is on the disk."""

    name: str


@dataclass(frozen=True, slots=True)
class Create:
    """A file that appears."""

    name: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """A file that disappears."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A file that gets another name."""

    name: str
    new: str


@dataclass(frozen=True, slots=True)
class Ack:
    """The process promised that the intent of this id is durable."""

    key: str


Op = Write | Truncate | Sync | Create | Unlink | Rename | Ack

_LINE = re.compile(r"^(\d+) +(.*)$")
_RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_PLACE = re.compile(r"<([^>]*)>")


def run_writing(path: Path, count: str, *options: str, synchronous: str = "FULL") -> list[str]:
    """Let a process journal under strace with these options; the lines that it printed.

    Without strace the test is skipped with the reason; where ``CI`` is set it fails instead.
    """
    tool = _tool()
    done = subprocess.run(
        [tool, "-f", "-qq", *options, sys.executable, "-m", "tests.crash.writing", str(path), count, synchronous],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


def _tool() -> str:
    found = shutil.which("strace")
    if found is None:
        reason = "strace is not installed"
    elif subprocess.run([found, "-o", os.devnull, "true"], check=False, capture_output=True).returncode:
        reason = "strace may not trace here"
    else:
        return found
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def recorded(path: Path, count: int, log: Path, *, synchronous: str = "FULL") -> list[Op]:
    """Record all that a process does to its journal's files and what it promises, in order."""
    told = run_writing(
        path,
        str(count),
        "-y",
        "-xx",
        "-s",
        "1000000",
        "-e",
        f"trace={RECORDED}",
        "-o",
        str(log),
        synchronous=synchronous,
    )
    assert len(told) == count, told
    with log.open(encoding="ascii") as lines:
        return list(operations(lines, path))


def operations(lines: Iterator[str] | Sequence[str], path: Path) -> Iterator[Op]:
    """Read strace's lines (``-f -y -xx``) about a journal's files; locks and shared memory are left out."""
    names: set[str] = set()
    for name, arguments, result in _calls(lines):
        if result < 0:
            continue
        for one in _operation(name, arguments, result, path):
            if not isinstance(one, Create):
                yield one
            elif one.name not in names:
                names.add(one.name)
                yield one
            if isinstance(one, Unlink | Rename):
                names.discard(one.name)
            if isinstance(one, Rename):
                names.add(one.new)


def _calls(lines: Iterator[str] | Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Join calls that were interrupted by another thread's, and tell each where it ended."""
    begun: dict[str, str] = {}
    for line in lines:
        matched = _LINE.match(line)
        assert matched, line
        thread, text = matched.groups()
        if text.endswith("<unfinished ...>"):
            begun[thread] = text.removesuffix("<unfinished ...>")
            continue
        resumed = _RESUMED.match(text)
        call = _CALL.match(begun.pop(thread) + resumed.group(1) if resumed else text)
        if call:
            yield call.group(1), call.group(2), int(call.group(3))


def _operation(name: str, arguments: str, result: int, path: Path) -> Iterator[Op]:
    texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
    place = _PLACE.match(arguments, arguments.find("<"))
    where = _plain(place.group(1)) if place else ""
    own = _own(where, path)
    if name == "write" and texts and texts[0].startswith(b"ack "):
        yield Ack(texts[0].decode().split()[1])
    elif name in {"openat", "unlink", "unlinkat", "rename", "renameat", "renameat2"}:
        yield from _named(name, arguments, [_own(text.decode(), path) for text in texts])
    elif name in {"fsync", "fdatasync"} and where == str(path.parent):
        yield Sync("")
    elif own is None:
        return
    elif name == "pwrite64":
        offset = int(arguments.rpartition(",")[2])
        yield Write(own, offset, texts[0][:result])
    elif name == "ftruncate":
        yield Truncate(own, int(arguments.rpartition(",")[2]))
    elif name in {"fsync", "fdatasync"}:
        yield Sync(own)
    else:  # what is written behind the recorder's back would be missing from every image
        assert name == "mmap", f"{name} on {own} is not understood"
        assert "PROT_WRITE" not in arguments or "MAP_SHARED" not in arguments, f"{own} is written through memory"


def _named(name: str, arguments: str, owns: Sequence[str | None]) -> Iterator[Op]:
    if owns[0] is None:
        return
    if name == "openat":
        if "O_CREAT" in arguments:
            yield Create(owns[0])
        assert "O_TRUNC" not in arguments, f"{owns[0]} is cut when it is opened"
    elif name.startswith("unlink"):
        yield Unlink(owns[0])
    else:
        assert owns[1] is not None, f"{owns[0]} is moved away"
        yield Rename(owns[0], owns[1])


def _own(where: str, path: Path) -> str | None:
    """Name a file of the journal that must survive: neither the lock nor what readers share, nor others' files."""
    if not where.startswith(str(path)) or where.endswith((".lock", "-shm", " (deleted)")):
        return None
    return Path(where).name


def _plain(where: str) -> str:
    return bytes.fromhex(where.replace("\\x", "")).decode() if where.startswith("\\x") else where
