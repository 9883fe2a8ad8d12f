"""The engine's thread, its tasks, and the board that publishes views."""

import asyncio
import threading
from dataclasses import replace

import pytest

from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.errors import AnswerError, AuthenticationError, ExchangeError, NetworkError, RateLimited
from hbtui.trading.board import Board
from hbtui.trading.changes import ChangeSet, Part
from hbtui.trading.clock import SystemClock
from hbtui.trading.retry import until_answered
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import BookView, CandlesView, Severity, TapeView, VenueView, View
from hbtui.trading.worker import EngineThread
from tests.support.eventually import eventually
from tests.support.virtual_clock import VirtualClock, settle


def first_view() -> View:
    """Make the view that a screen starts with."""
    return View(
        venue=VenueView(Mode.DEMO, ""),
        candles=CandlesView("dogeusdt", Period.MINUTE),
        book=BookView("dogeusdt"),
        tape=TapeView("dogeusdt"),
    )


def test_calls_run_on_the_engines_thread() -> None:
    """A call from outside runs on the engine's own thread, and one after its end says that it will not run."""
    thread = EngineThread("engine-under-test")
    ran: list[str] = []
    over: list[asyncio.Event] = []

    async def main() -> None:
        over.append(asyncio.Event())
        await over[0].wait()

    def end() -> None:
        over[0].set()

    assert not thread.call(ran.append, "too early")
    thread.start(main)
    assert thread.is_running
    thread.call(lambda: ran.append(threading.current_thread().name))
    thread.call(end)
    assert thread.join(5)
    assert ran == ["engine-under-test"]
    assert not thread.call(ran.append, "too late")
    with pytest.raises(RuntimeError):
        thread.start(main)


def test_a_thread_that_never_started_is_over() -> None:
    """Waiting for what never began is no waiting."""
    thread = EngineThread()
    assert thread.join(0)
    assert not thread.is_running


async def test_a_failing_task_is_told_and_the_others_live() -> None:
    """One task's bug is heard by name; the other tasks go on until they are cancelled."""
    failed: list[tuple[str, str]] = []
    async with Supervisor(lambda name, error: failed.append((name, type(error).__name__))) as tasks:

        async def bug() -> None:
            raise KeyError("surprise")

        async def fine() -> None:
            await settle()

        other = tasks.spawn("other", fine)
        endless = tasks.spawn("endless", _forever)
        await tasks.spawn("bug", bug)
        await other
        assert failed == [("bug", "KeyError")]
        assert not endless.done()
    assert endless.cancelled()


async def _forever() -> None:
    await asyncio.get_running_loop().create_future()


async def test_a_named_task_runs_once_at_a_time() -> None:
    """Asking for a task that is at it already starts no second one; when it ended, it may run again."""
    runs: list[int] = []
    gate = asyncio.Event()

    async def work() -> None:
        runs.append(1)
        await gate.wait()

    async with Supervisor(lambda _name, _error: None) as tasks:
        tasks.once("work", work)
        tasks.once("work", work)
        await settle()
        assert len(runs) == 1
        gate.set()
        assert await tasks.settle("work", 5)
        await settle()
        tasks.once("work", work)
        assert await tasks.settle("work", 5)
        assert len(runs) == 2
        assert await tasks.settle("nothing", 5)
        tasks.spawn("stuck", _forever)
        assert not await tasks.settle("stuck", 0.01)


def test_marks_are_taken_once() -> None:
    """Marking twice is marking once, and taking starts afresh."""
    changes = ChangeSet()
    assert not changes
    changes.mark(Part.BOOK, Part.TAPE)
    changes.mark(Part.BOOK)
    assert changes
    assert changes.take() == {Part.BOOK, Part.TAPE}
    assert not changes
    assert changes.take() == frozenset()


async def test_marks_are_drawn_once_and_published_as_a_whole() -> None:
    """A flood of marks redraws each part once, publishes one view, and leaves unmarked parts the same objects."""
    published: list[View] = []
    drawn: list[str] = []
    before = first_view()
    board = Board(before, published.append, SystemClock())

    def draw(view: View) -> View:
        drawn.append("book")
        return replace(view, book=BookView("dogeusdt", is_stale=True))

    board.paint(Part.BOOK, draw)
    for _ in range(1000):
        board.mark(Part.BOOK)
    await eventually(lambda: published)
    assert (len(published), drawn) == (1, ["book"])
    assert published[0].book.is_stale
    assert published[0].candles is before.candles


async def test_a_view_that_did_not_change_is_not_published() -> None:
    """A part that comes out as it was gives no new view."""
    published: list[View] = []
    board = Board(first_view(), published.append, SystemClock())
    board.paint(Part.BOOK, lambda view: view)
    board.mark(Part.BOOK)
    board.flush()
    assert published == []


async def test_notices_are_numbered_cleaned_and_bounded() -> None:
    """Notices count up, hold no control characters, are not repeated word for word, and only the last 50 stay."""
    clock = VirtualClock()
    board = Board(first_view(), lambda _: None, clock)
    board.tell(Severity.ERROR, "A \x1b[2Jtitle", "text")
    board.tell(Severity.ERROR, "A \x1b[2Jtitle", "text")
    for number in range(60):
        board.tell(Severity.INFO, "t", str(number))
    board.flush()
    notices = board.view.notices
    assert (len(notices), notices[-1].number, notices[-1].text) == (50, 61, "59")
    assert "\x1b" not in notices[0].title


async def test_reading_is_asked_again_until_answered() -> None:
    """Errors that pass are waited out, longer each time, and told; the answer comes through in the end."""
    clock = VirtualClock()
    errors: list[ExchangeError] = [NetworkError("No answer."), AnswerError("Junk."), RateLimited("429", "Slow down.")]
    told: list[tuple[str, float]] = []

    async def ask() -> str:
        if errors:
            raise errors.pop(0)
        return "answer"

    task = asyncio.create_task(until_answered(ask, clock, lambda error, pause_s: told.append((str(error), pause_s))))
    await clock.advance(10)
    assert await task == "answer"
    assert [text for text, _ in told] == ["No answer.", "Junk.", "Slow down."]
    assert 0.4 <= told[0][1] <= 0.6
    assert told[2][1] >= 1.6


async def test_the_venues_own_pause_is_kept() -> None:
    """Where the venue says how long to wait, it is waited at least as long."""
    clock = VirtualClock()
    answers: list[ExchangeError] = [RateLimited("429", "Slow down.", retry_after_s=30)]

    async def ask() -> str:
        if answers:
            raise answers.pop()
        return "answer"

    task = asyncio.create_task(until_answered(ask, clock))
    await clock.advance(29)
    assert not task.done()
    await clock.advance(2)
    assert await task == "answer"


async def test_a_wrong_key_is_not_asked_again() -> None:
    """What asking again cannot mend is raised at once."""

    async def ask() -> str:
        raise AuthenticationError("api-signature-not-valid", "The secret is wrong.")

    with pytest.raises(AuthenticationError):
        await until_answered(ask, VirtualClock())


async def test_the_system_clock_moves() -> None:
    """The machine's clock gives milliseconds of now, and its waiting waits."""
    clock = SystemClock()
    before = clock.monotonic_s()
    await clock.sleep(0.001)
    assert clock.monotonic_s() > before
    assert clock.now_ms() > 1_700_000_000_000
