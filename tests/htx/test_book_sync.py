"""The kept book: whatever the order of image and changes, it is the venue's book, or it is not shown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.book_sync import BookSync
from hbtui.htx.wire_push import MbpTick
from hbtui.model.book import Level

D = Decimal


def _tick(seq: int, prev: int | None, bids: dict[int, int], asks: dict[int, int] | None = None) -> MbpTick:
    return MbpTick(
        seq_num=seq,
        prev_seq_num=prev,
        bids=[Level(D(price), D(amount)) for price, amount in bids.items()],
        asks=[Level(D(price), D(amount)) for price, amount in (asks or {}).items()],
    )


def _bids(sync: BookSync) -> list[tuple[int, int]]:
    return [(int(price), int(amount)) for price, amount in sync.book(1).bids]


def test_an_image_alone_is_a_book() -> None:
    """Without any change the image is the book."""
    sync = BookSync("btcusdt")
    assert sync.is_image_due(0)
    assert sync.apply_image(_tick(5, None, {100: 1, 99: 2}, {101: 3}), 0)
    book = sync.book(77)
    assert _bids(sync) == [(100, 1), (99, 2)]
    assert (book.asks, book.sequence, book.ts_ms, book.symbol) == ((Level(D(101), D(3)),), 5, 77, "btcusdt")


def test_an_image_older_than_the_changes_received() -> None:
    """The image may lie between the kept changes: older ones are dropped, newer ones applied."""
    sync = BookSync("btcusdt")
    for seq in (2, 3, 4, 5):
        assert sync.apply_change(_tick(seq, seq - 1, {100: seq}), 0) == ""
        assert not sync.is_synced
    assert sync.apply_image(_tick(3, None, {100: 3, 90: 1}), 0)
    assert _bids(sync) == [(100, 5), (90, 1)]
    assert sync.sequence == 5


def test_too_old_an_image_is_asked_for_again_after_100_ms() -> None:
    """An image that ends before the first kept change does not meet it; nothing is thrown away."""
    sync = BookSync("btcusdt")
    sync.apply_change(_tick(10, 9, {100: 1}), 0)
    sync.asked(0)
    assert not sync.apply_image(_tick(7, None, {100: 9}), 1.0)
    assert not sync.is_synced
    assert not sync.is_image_due(1.05)
    assert sync.is_image_due(1.1)
    assert sync.apply_image(_tick(9, None, {99: 4}), 1.2)
    assert _bids(sync) == [(100, 1), (99, 4)]


def test_a_gap_makes_the_book_stale() -> None:
    """A change that does not name its predecessor ends the chain, says what is missing, and asks for an image."""
    sync = BookSync("btcusdt")
    sync.apply_image(_tick(1, None, {100: 1}), 0)
    assert sync.apply_change(_tick(2, 1, {99: 1}), 0) == ""
    reason = sync.apply_change(_tick(5, 4, {98: 1}), 3.0)
    assert "2 to 4 are missing" in reason
    assert not sync.is_synced
    assert sync.is_image_due(3.0)
    assert sync.apply_image(_tick(4, None, {100: 7}), 3.1)
    assert _bids(sync) == [(100, 7), (98, 1)]


def test_a_change_told_twice_changes_nothing() -> None:
    """An old sequence number is an echo."""
    sync = BookSync("btcusdt")
    sync.apply_image(_tick(5, None, {100: 1}), 0)
    assert sync.apply_change(_tick(5, 4, {100: 9}), 0) == ""
    assert sync.apply_change(_tick(3, 2, {100: 9}), 0) == ""
    assert _bids(sync) == [(100, 1)]


def test_an_unanswered_request_is_repeated() -> None:
    """Five seconds without an image, or one after a refusal, and it is due again."""
    sync = BookSync("btcusdt")
    sync.asked(10)
    assert not sync.is_image_due(14.9)
    assert sync.is_image_due(15)
    sync.refused(20)
    assert not sync.is_image_due(20.9)
    assert sync.is_image_due(21)


@pytest.mark.parametrize(
    "level", [Level(D(-1), D(1)), Level(D(1), D(-1)), Level(D("NaN"), D(1)), Level(D(1), D("Infinity"))]
)
def test_impossible_levels_are_refused(level: Level) -> None:
    """A price or an amount that cannot be neither enters the book nor the buffer."""
    sync = BookSync("btcusdt")
    tick = MbpTick(seq_num=2, prev_seq_num=1, bids=[level])
    with pytest.raises(ValueError, match="a "):
        sync.apply_change(tick, 0)
    with pytest.raises(ValueError, match="a "):
        sync.apply_image(tick, 0)
    assert sync.apply_image(_tick(1, None, {1: 1}), 0)


def test_a_change_must_have_a_predecessor() -> None:
    """An image on the topic of changes is not one."""
    with pytest.raises(ValueError, match="predecessor"):
        BookSync("btcusdt").apply_change(_tick(2, None, {1: 1}), 0)


def test_no_more_than_150_levels_are_shown() -> None:
    """The book is cut at the depth of the topic, best prices kept."""
    sync = BookSync("btcusdt")
    sync.apply_image(_tick(1, None, dict.fromkeys(range(1, 400), 1), dict.fromkeys(range(500, 900), 1)), 0)
    book = sync.book(0)
    assert (len(book.bids), len(book.asks)) == (150, 150)
    assert (book.bids[0].price, book.asks[0].price) == (D(399), D(500))


def test_a_book_does_not_grow_for_ever() -> None:
    """Far levels that are never deleted are forgotten; the best ones stay exact."""
    sync = BookSync("btcusdt")
    sync.apply_image(_tick(0, None, {10_000: 1}, {10_001: 1}), 0)
    for number in range(1, 5000):
        sync.apply_change(_tick(number, number - 1, {10_000 - number: 1}, {10_001 + number: 1}), 0)
    assert [price for price, _ in _bids(sync)] == list(range(10_000, 9_850, -1))
    assert [int(level.price) for level in sync.book(0).asks] == list(range(10_001, 10_151))
    assert len(sync._bids) <= 2000
    assert len(sync._asks) <= 2000


_CHANGES = st.lists(st.dictionaries(st.integers(90, 110), st.integers(0, 5), max_size=4), min_size=1, max_size=15)


def _truths(changes: list[dict[int, int]]) -> list[dict[int, int]]:
    """The venue's book after each change, worked out the simple way."""
    book: dict[int, int] = {100: 1}
    truths = [dict(book)]
    for change in changes:
        book = {price: amount for price, amount in (book | change).items() if amount}
        truths.append(book)
    return truths


@given(_CHANGES, st.data())
def test_law_any_interleaving_gives_the_venues_book(changes: list[dict[int, int]], data: st.DataObject) -> None:
    """Wherever the image is taken and whenever it arrives, a synced book is the truth at its own sequence."""
    truths = _truths(changes)
    taken = data.draw(st.integers(0, len(changes)), label="image taken after change")
    arrives = data.draw(st.integers(0, len(changes)), label="image arrives after change")
    first_seen = data.draw(st.integers(0, len(changes)), label="changes before this one were never received")
    sync = BookSync("btcusdt")
    for number, change in enumerate([{}, *changes]):
        if number > first_seen:
            sync.apply_change(_tick(number, number - 1, change), 0)
        if number == arrives:
            sync.apply_image(_tick(taken, None, truths[taken]), 0)
        if sync.is_synced:
            assert dict(_bids(sync)) == truths[sync.sequence]
    if first_seen <= taken and arrives == len(changes):
        assert sync.is_synced
        assert sync.sequence == max(taken, len(changes) if first_seen < len(changes) else taken)


@given(_CHANGES, st.data())
def test_law_a_lost_change_is_always_noticed(changes: list[dict[int, int]], data: st.DataObject) -> None:
    """With one change missing, the book is right up to it and not shown after it, until a new image."""
    truths = _truths(changes)
    lost = data.draw(st.integers(1, len(changes)), label="lost")
    sync = BookSync("btcusdt")
    sync.apply_image(_tick(0, None, truths[0]), 0)
    for number, change in enumerate(changes, 1):
        if number != lost:
            reason = sync.apply_change(_tick(number, number - 1, change), 0)
            assert bool(reason) is (number == lost + 1)
        assert sync.is_synced is (number <= lost)
        if sync.is_synced:
            assert dict(_bids(sync)) == truths[sync.sequence]
    last = len(changes)
    assert sync.apply_image(_tick(last, None, truths[last]), 0)
    assert dict(_bids(sync)) == truths[last]
