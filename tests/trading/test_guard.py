"""What the gate remembers between orders."""

import threading
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hbtui.trading.guard import Guard, Sent
from hbtui.trading.views import Caps
from tests.support.trading_values import NOW_MS, request

DAY_MS = 24 * 3600 * 1000


def sent(at_ms: int) -> Sent:
    """Remember an order as sent at a time."""
    return Sent(request(), at_ms, None)


def test_a_halt_holds_until_it_is_lifted() -> None:
    """New orders are stopped by one word and taken again by another, each as often as it is said."""
    guard = Guard()
    assert not guard.is_halted
    for _ in range(2):
        guard.halt()
        assert guard.is_halted
    for _ in range(2):
        guard.resume()
        assert guard.is_halted is False


def test_caps_are_those_given() -> None:
    """Without any there is no cap."""
    assert Guard().caps == Caps()
    caps = replace(Caps(), order_value=None)
    assert Guard(caps).caps is caps


def test_a_day_is_remembered_to_the_millisecond() -> None:
    """What is older than a day does not count."""
    guard = Guard()
    first, second = sent(NOW_MS), sent(NOW_MS + 5)
    guard.note(first)
    guard.note(second)
    assert guard.sent(NOW_MS + DAY_MS) == (first, second)
    assert guard.sent(NOW_MS + DAY_MS + 1) == (second,)
    assert guard.sent(NOW_MS + 5) == (first, second)


def test_a_long_session_does_not_grow_for_ever() -> None:
    """Of more than two thousand orders those that are older than a day are dropped when something is noted."""
    guard = Guard()
    for number in range(3000):
        guard.note(sent(NOW_MS + number))
    assert len(guard._sent) == 3000
    guard.note(sent(NOW_MS + 2 * DAY_MS))
    assert len(guard._sent) == 2000


def test_a_clock_that_was_far_ahead_once_makes_nothing_old() -> None:
    """An order sent while the clock was ten years ahead does not make those before it be forgotten."""
    guard = Guard()
    guard.note(sent(NOW_MS))
    guard.note(sent(NOW_MS + 3650 * DAY_MS))
    assert [one.at_ms for one in guard.sent(NOW_MS + 5)] == [NOW_MS, NOW_MS + 5]


def test_an_order_of_a_time_to_come_counts_for_a_day_from_the_first_look() -> None:
    """It counts as sent when it is first looked at, ages from there, and is no longer counted after a day."""
    guard = Guard()
    ahead = sent(NOW_MS + 3650 * DAY_MS)
    guard.restore([ahead])
    assert guard.sent(NOW_MS) == (replace(ahead, at_ms=NOW_MS),)
    assert guard.sent(NOW_MS + DAY_MS) == (replace(ahead, at_ms=NOW_MS),)
    assert guard.sent(NOW_MS + DAY_MS + 1) == ()
    # a clock that goes back once more brings it back: rather counted twice as long than not at all
    assert guard.sent(NOW_MS - 1) == (replace(ahead, at_ms=NOW_MS - 1),)
    assert guard.sent(ahead.at_ms) == (ahead,)


def test_the_last_millisecond_of_a_day_is_kept_when_something_is_noted() -> None:
    """The edge of what is dropped is the edge of what counts."""
    guard = Guard()
    guard.note(sent(NOW_MS))
    guard.note(sent(NOW_MS + DAY_MS))
    assert len(guard.sent(NOW_MS + DAY_MS)) == 2


def test_earlier_runs_come_before() -> None:
    """What the journal tells of earlier runs is older than what this one sent, and keeps its order."""
    guard = Guard()
    own = sent(NOW_MS)
    guard.note(own)
    earlier = [sent(NOW_MS - 20), sent(NOW_MS - 10)]
    guard.restore(iter(earlier))
    assert guard.sent(NOW_MS) == (*earlier, own)


@given(st.lists(st.integers(0, 3 * DAY_MS), max_size=12), st.integers(0, 4 * DAY_MS))
def test_nothing_of_the_last_day_is_ever_forgotten(times: list[int], now_ms: int) -> None:
    """However the clock steps between two orders, whatever was sent within a day of now still counts."""
    guard = Guard()
    for at_ms in times:
        guard.note(sent(at_ms))
    expected = [min(at, now_ms) for at in times if at >= now_ms - DAY_MS]
    assert [one.at_ms for one in guard.sent(now_ms)] == expected


def test_many_threads_may_note_at_once() -> None:
    """Under the lock that the gate's verdict holds nothing is lost, and reading needs no lock."""
    guard = Guard()

    def send() -> None:
        for _ in range(200):
            with guard.placing:
                guard.note(sent(NOW_MS))
            guard.sent(NOW_MS)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(guard.sent(NOW_MS)) == 800


def test_what_halted_it_is_kept_until_it_is_resumed() -> None:
    """A halt by an alarm says why, one by a person need not, and after resuming nothing is left of either."""
    guard = Guard()
    guard.halt("a redirect")
    assert (guard.is_halted, guard.why_halted) == (True, "a redirect")
    guard.halt()
    assert (guard.is_halted, guard.why_halted) == (True, "")
    guard.halt("a redirect")
    guard.resume()
    assert (guard.is_halted, guard.why_halted) == (False, "")
