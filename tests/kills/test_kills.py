"""A real process is killed while it places, at every point of its way, and started again: the laws hold."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kills.laws import breaches
from tests.kills.track import ANY_TIME, BEFORE_ANSWER, WINDOWS, Evidence, Kill, lived_through
from tests.support.invariants import JournalRow

_A_TRACK = [*WINDOWS, ANY_TIME] * 3
"""Fifteen lives a minute on one account are as many as the gate's own limit on orders lets pass."""
_TRACKS = 14


def test_eight_kills(tmp_path: Path) -> None:
    """Two kills in each window of a placement lose nothing, double nothing, and end in what the exchange has."""
    evidence = lived_through(tmp_path, [*WINDOWS, *reversed(WINDOWS)])
    assert not breaches(evidence)
    assert evidence.windows() == Counter(dict.fromkeys(WINDOWS, 2))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_hundred_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two hundred kills, at least twenty in each window and some at any time: the laws hold on every account."""
    folders = [tmp_path / str(number) for number in range(_TRACKS)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as threads:
        tracks = list(threads.map(lambda number: lived_through(folders[number], _A_TRACK, number), range(_TRACKS)))
    windows = sum((track.windows() for track in tracks), Counter[str]())
    with capsys.disabled():
        print(f"\n{windows.total()} kills: {dict(windows)}")
    assert [breach for track in tracks for breach in breaches(track)] == []
    assert windows.total() >= 200
    assert all(windows[window] >= 20 for window in WINDOWS), windows


def _of_one_order() -> Evidence:
    """What one order that was killed before its answer leaves behind, all of it in order."""
    fields = {"client_order_id": "a", "symbol": "dogeusdt", "type": "buy-limit", "amount": "100", "price": "0.08"}
    body = b'{"symbol":"dogeusdt","type":"buy-limit","amount":"100","price":"0.08"}'
    row = {"client-order-id": "a", "id": 1, "state": "submitted", "fills": []}
    row |= dict.fromkeys(("field-amount", "field-cash-amount", "field-fees"), "0")
    shown = {"key": "a", "order_id": "1", "state": "submitted", "filled": "0", "spent": "0"}
    return Evidence(
        kills=[Kill(BEFORE_ANSWER, "a", ())],
        shown={"orders": [shown], "finished": [], "fees": []},
        events=[{"event": kind, "ts": 5, **fields} for kind in ("arrived", "accepted")],
        orders=[row],
        journal={"a": JournalRow("a", 4, "127.0.0.1", body)},
    )


def test_the_laws_of_kills_can_be_broken() -> None:
    """Each law finds the one thing that was spoilt in evidence that is otherwise in order."""
    assert breaches(_of_one_order()) == []
    twice, early, unconfirmed, other, lost, absent = (_of_one_order() for _ in range(6))
    twice.events += twice.events
    early.journal = {}
    unconfirmed.kills = []
    other.events[0]["amount"] = "1000"
    lost.shown["orders"] = []
    absent.shown["orders"][0]["state"] = "not-placed"
    for evidence, law in (
        (twice, "J1"),
        (early, "J2"),
        (unconfirmed, "J7"),
        (other, "J8"),
        (lost, "J5"),
        (absent, "J3"),
    ):
        assert any(breach.startswith(law) for breach in breaches(evidence)), law
