"""Power loss at any moment (D4): no promised intent is lost, and no image is taken for a damaged journal."""

import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from hbtui.model.errors import JournalError
from hbtui.storage.journal import Journal
from tests.crash.images import Image, images
from tests.crash.strace import Ack, Op, Sync, Write, operations, recorded
from tests.crash.writing import meant

INTENTS = 60
SEED = 20_260_801
WRITTEN = {meant(number).client_order_id: meant(number) for number in range(INTENTS)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the images of one recording came to."""

    lost: int
    """Images in which a promised intent is missing."""
    refused: list[str]
    """Why images were not opened, with the moment of the crash."""
    promises: int
    """Promises that were looked for, over all images."""


async def held(image: Image, folder: Path) -> set[str]:
    """Open the image with the real journal; which intents it holds, each exactly as it was meant."""
    image.lay(folder)
    try:
        async with Journal.open(folder / "live-1.sqlite") as journal:
            found = await journal.sent_since(0)
            assert all(WRITTEN[one.client_order_id] == one for one in found)
            return {one.client_order_id for one in found}
    finally:
        shutil.rmtree(folder)


async def judged(ops: list[Op], count: int, folder: Path) -> Verdict:
    """Open that many images of a recording."""
    lost, promises, refused = 0, 0, []
    for image in images(ops, count, SEED):
        promises += len(image.promised)
        try:
            lost += not image.promised <= await held(image, folder / "image")
        except JournalError as error:
            refused.append(f"after {image.at} of {len(ops)} operations: {error}")
    return Verdict(lost, refused, promises)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> list[Op]:
    """Record a process that writes as the program does."""
    folder = tmp_path_factory.mktemp("recorded")
    return recorded(folder / "journals" / "live-1.sqlite", INTENTS, folder / "log")


@pytest.fixture(scope="module")
def normal(tmp_path_factory: pytest.TempPathFactory) -> list[Op]:
    """Record one that does not wait for the disk."""
    folder = tmp_path_factory.mktemp("recorded")
    return recorded(folder / "journals" / "live-1.sqlite", INTENTS, folder / "log", synchronous="NORMAL")


def test_the_recording_has_all_that_matters(full: list[Op]) -> None:
    """The recorder saw every promise, a sync before each, and writings of the file itself between them."""
    acks = [at for at, op in enumerate(full) if isinstance(op, Ack)]
    assert len(acks) == INTENTS
    syncs = [at for at, op in enumerate(full) if op == Sync("live-1.sqlite-wal")]
    assert all(any(before < at < ack for at in syncs) for before, ack in pairwise(acks))
    written_back = [at for at, op in enumerate(full) if isinstance(op, Write) and op.name == "live-1.sqlite"]
    assert [at for at in written_back if acks[0] < at < acks[-1]]


def test_the_recorder_joins_what_another_thread_interrupted(tmp_path: Path) -> None:
    """A call that strace tells in two halves is one operation, at the place where it ended; failed calls are none."""
    path = tmp_path / "live-1.sqlite"
    file = "".join(f"\\x{byte:02x}" for byte in str(path).encode())
    lines = [
        f'7 pwrite64(5<{file}>, "\\x61\\x62", 2, 4096 <unfinished ...>',
        '8 write(1</dev/null>, "\\x61\\x63\\x6b\\x20\\x6b\\x0a", 6) = 6',
        "7 <... pwrite64 resumed>) = 1",
        f"7 fdatasync(5<{file}>) = -1 EIO (Input/output error)",
        f"7 fdatasync(5<{path}>) = 0",
        "7 +++ exited with 0 +++",
    ]
    assert list(operations(lines, path)) == [Ack("k"), Write(path.name, 4096, b"a"), Sync(path.name)]


@pytest.mark.parametrize(
    "count", [60, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(600)])], ids=["few", "all"]
)
async def test_no_promised_intent_is_lost(full: list[Op], tmp_path: Path, count: int) -> None:
    """Each image opens with integrity and chain whole, and every intent that was promised is in it as it was meant."""
    verdict = await judged(full, count, tmp_path)
    assert (verdict.lost, verdict.refused) == (0, [])
    assert verdict.promises > 10 * count


@pytest.mark.parametrize(
    "count", [30, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(600)])], ids=["few", "all"]
)
async def test_a_journal_that_does_not_wait_for_the_disk_loses_some(
    normal: list[Op], tmp_path: Path, count: int
) -> None:
    """The control: the same process with ``synchronous=NORMAL`` loses promised intents in some images."""
    verdict = await judged(normal, count, tmp_path)
    assert verdict.lost > count // 10
    assert verdict.refused == []
