"""Builds what a disk may hold after a power loss: what was synced, and of the rest any part, in any order, torn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.crash.strace import Ack, Create, Op, Rename, Sync, Truncate, Unlink, Write

__all__ = ["Image", "images"]

_SECTOR = 512
_Data = Write | Truncate
_Naming = Create | Unlink | Rename


@dataclass(slots=True)
class _File:
    synced: bytearray = field(default_factory=bytearray)
    waiting: list[_Data] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Image:
    """The files of one crash, and what had been promised before it."""

    at: int
    """How many operations had ended."""
    files: dict[str, bytes]
    promised: frozenset[str]

    def lay(self, folder: Path) -> None:
        """Write the files into an empty folder."""
        folder.mkdir()
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


class _Disk:
    """What is durable, and what waits for a sync."""

    def __init__(self) -> None:
        self._now: dict[str, _File] = {}
        self._durable: dict[str, _File] = {}
        self._naming: list[tuple[_Naming, _File | None]] = []

    def do(self, op: Op) -> None:
        """Let one operation of the process happen."""
        if isinstance(op, Write | Truncate):
            self._now[op.name].waiting.append(op)
        elif isinstance(op, Sync) and op.name:
            file = self._now[op.name]
            for one in file.waiting:
                _apply(file.synced, one, None)
            file.waiting.clear()
        elif isinstance(op, Sync):
            self._durable = dict(self._now)
            self._naming.clear()
        elif isinstance(op, Create | Unlink | Rename):
            made = _File() if isinstance(op, Create) else None
            _rename(self._now, op, made)
            self._naming.append((op, made))

    def lost(self, random: Random) -> dict[str, bytes]:
        """Lose the power now: names keep their order, as in a file system's journal; data does not."""
        names = dict(self._durable)
        for op, made in self._naming[: random.randint(0, len(self._naming))]:
            _rename(names, op, made)
        chance = random.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        return {name: bytes(_survived(file, chance, random)) for name, file in names.items()}


def images(ops: Sequence[Op], count: int, seed: int) -> Iterator[Image]:
    """Tell ``count`` crashes, spread over the whole recording; the same for the same seed."""
    random = Random(seed)
    moments = sorted(random.randint(0, len(ops)) for _ in range(count))
    disk, promised, done = _Disk(), set[str](), 0
    for moment in moments:
        for op in ops[done:moment]:
            if isinstance(op, Ack):
                promised.add(op.key)
            else:
                disk.do(op)
        done = moment
        yield Image(moment, disk.lost(random), frozenset(promised))


def _survived(file: _File, chance: float, random: Random) -> bytearray:
    data = file.synced.copy()
    kept = [one for one in file.waiting if random.random() < chance]
    if random.random() < 0.5:
        random.shuffle(kept)
    for one in kept:
        _apply(data, one, random if random.random() < 0.3 else None)
    return data


def _apply(data: bytearray, op: _Data, tearing: Random | None) -> None:
    """Change the data as the operation says; of a torn write each sector of the disk arrives or not."""
    if isinstance(op, Truncate):
        data[:] = data[: op.size].ljust(op.size, b"\0")
        return
    end = op.offset + len(op.data)
    start = op.offset
    while start < end:
        stop = min(end, (start // _SECTOR + 1) * _SECTOR)
        if tearing is None or tearing.random() < 0.5:
            data.extend(b"\0" * (stop - len(data)))
            data[start:stop] = op.data[start - op.offset : stop - op.offset]
        start = stop


def _rename(names: dict[str, _File], op: _Naming, made: _File | None) -> None:
    if isinstance(op, Create):
        assert made is not None
        names[op.name] = made
    elif isinstance(op, Unlink):
        names.pop(op.name, None)
    else:
        names[op.new] = names.pop(op.name)
