"""The journal of an order: every entry, from key press to final state, in words."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from hbtui.model.entry import JournalEntry
from hbtui.model.order import OrderState
from hbtui.trading.views import AuditView
from hbtui.ui.audit_words import audit_lines
from hbtui.ui.screens.audit import AuditScreen
from hbtui.ui.widgets.order_rows import STATE_WORDS
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, AppPilot, base_screen, running_app, screen_text
from tests.support.views import NOW_MS, entries_of, live_view, order

KEY = order(1).key


def entry(kind: str, **facts: str) -> JournalEntry:
    """One entry of the journal."""
    return JournalEntry(1, NOW_MS, kind, KEY, facts)


def words(kind: str, **facts: str) -> str:
    """The sentence of one entry."""
    return audit_lines([entry(kind, **facts)], UTC)[-1].words


async def opened(pilot: AppPilot) -> None:
    """Press a on the first open order."""
    await pilot.press("o")
    await pilot.pause()
    await pilot.press("a")
    await eventually(lambda: isinstance(pilot.app.screen, AuditScreen) and pilot.app.frames.is_settled)  # type: ignore[attr-defined]  # it is our app
    await pilot.pause()


@pytest.mark.parametrize("size", [USUAL, NARROW])
async def test_every_entry_is_told_with_its_time(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    """From the key press over the exact body to the final state, to the millisecond."""
    front = ScriptedFront()
    front.journal = {KEY: entries_of(KEY)}
    async with running_app(front, size) as pilot:
        await opened(pilot)
        assert screen_text(pilot.app) == snapshot


async def test_it_scrolls_and_goes_back() -> None:
    """What does not fit is reached by the keys; esc leads to where one was."""
    front = ScriptedFront()
    front.journal = {KEY: entries_of(KEY)}
    async with running_app(front, (80, 18)) as pilot:
        await opened(pilot)
        assert "state: filled" not in screen_text(pilot.app)
        await pilot.press("end")
        await eventually(lambda: "state: filled" in screen_text(pilot.app))
        await pilot.press("escape")
        await eventually(lambda: pilot.app.screen is base_screen(pilot.app))


async def test_what_is_not_read_yet_or_cannot_be_read_says_so() -> None:
    """Reading, the problem, nothing there: three different sentences; another order's entries are not shown."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await opened(pilot)
        assert "reading the journal …" in screen_text(pilot.app)
        front.change(audit=AuditView(key="another", entries=entries_of("another")))
        await eventually(lambda: pilot.app.frames.is_settled)  # type: ignore[attr-defined]  # it is our app
        assert "confirmed" not in screen_text(pilot.app)
        front.change(audit=AuditView(key=KEY, problem="[/x] the disk is gone"))
        await eventually(lambda: "The journal cannot be read: [/x] the disk is gone" in screen_text(pilot.app))
        front.change(audit=AuditView(key=KEY))
        await eventually(lambda: "The journal holds nothing of this order." in screen_text(pilot.app))


def test_what_the_person_did_stands_before_what_was_written() -> None:
    """The key press has a line and a time of its own."""
    first, second, *_ = audit_lines(entries_of(), UTC)
    assert (first.at, first.words) == ("2025-10-09 08:58:59.588", "a person confirmed what was displayed")
    assert (second.at, second.words) == (
        "2025-10-09 08:58:59.600",
        "written down before a byte left: BUY limit 1000 dogeusdt @ 0.08",
    )
    details = dict(second.details)
    assert details["exact body"] == '{"amount":"1000","price":"0.08"}'
    assert details["can arrive until"] == "2025-10-09 09:04:59.600"
    assert details["overridden"] == "MAX_ORDER_VALUE"


def test_an_answer_is_never_called_more_than_it_proves() -> None:
    """Accepted, refused, not sent, and no certain answer are four different things."""
    assert words("outcome", outcome="accepted", order_id="77") == "the exchange accepted it: order id 77"
    assert words("outcome", outcome="refused", code="E1", text="no") == "the exchange refused it: E1 no"
    assert words("outcome", outcome="not-sent", text="no line") == "it did not leave this computer: no line"
    unknown = words("outcome", outcome="unknown", text="timed out")
    assert unknown == "no certain answer came: it may be live: timed out"
    assert not any(word in unknown for word in ("fail", "reject", "refus", "cancel"))


@pytest.mark.parametrize("state", list(OrderState))
def test_every_state_has_its_words(state: OrderState) -> None:
    """The same words as in the lists."""
    assert words("order", state=state.value, cause="why") == f"state: {STATE_WORDS[state][0]}: why"


def test_acts_of_a_person_and_fills_have_sentences() -> None:
    """Cancel, sign-off, and a fill with and without its fee."""
    assert words("cancel") == "a person asked to cancel it"
    assert words("sign-off") == "a person signed it off"
    assert words("fill", amount="5", price="2") == "filled 5 @ 2 · fee not known yet"
    assert words("fill", amount="5", price="2", fee="1", fee_currency="doge", role="maker") == (
        "filled 5 @ 2 · fee 1 DOGE · maker"
    )


@given(
    kind=st.sampled_from(["intent", "outcome", "order", "fill", "cancel", "sign-off", "new-kind"]),
    facts=st.dictionaries(
        st.sampled_from(["confirmed_ms", "state", "outcome", "side", "ts_ms", "novel_fact", "text", "order_id"]),
        st.text(max_size=20),
    ),
)
def test_whatever_an_entry_holds_is_told(kind: str, facts: dict[str, str]) -> None:
    """A journal of a newer program, or a damaged one, is shown as far as it can be read; nothing breaks."""
    lines = audit_lines([JournalEntry(1, NOW_MS, kind, KEY, facts)], UTC)
    assert lines[-1].words
    if facts.get("novel_fact"):
        assert ("novel fact", facts["novel_fact"]) in lines[-1].details


@pytest.mark.parametrize("text", ["[/x]", "[bold]loud", "[@click=app.quit]x[/]"])
async def test_foreign_text_in_the_journal_is_no_markup(text: str) -> None:
    """Values, kinds and names with brackets show as they are."""
    front = ScriptedFront()
    odd = (entry(text), entry("order", state=text, cause=text), entry("outcome", outcome=text, text=text, code=text))
    front.journal = {KEY: (*odd, replace(entry("intent"), facts={text: text, "shown": text}))}
    async with running_app(front) as pilot:
        await opened(pilot)
        assert screen_text(pilot.app).count(text) >= 6


async def test_the_journal_follows_while_one_looks() -> None:
    """An entry that is read later comes up by itself."""
    front = ScriptedFront(live_view())
    front.journal = {KEY: entries_of(KEY)[:1]}
    async with running_app(front) as pilot:
        await opened(pilot)
        assert "the exchange accepted it" not in screen_text(pilot.app)
        front.change(audit=AuditView(key=KEY, entries=entries_of(KEY)))
        await eventually(lambda: "the exchange accepted it: order id 1001" in screen_text(pilot.app))


def test_what_says_nothing_is_left_out() -> None:
    """Nothing filled yet, and what the headline has said already, would only be in the way."""
    (line,) = audit_lines([entry("order", state="submitted", filled_base="0", filled_quote="0")], UTC)
    assert line.details == ()
    (line,) = audit_lines([entry("order", state="partial-filled", filled_base="5")], UTC)
    assert line.details == (("filled, base", "5"),)
