"""The list of rows and the bars of words that the orders, the search and the ticket are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.message import Message

from hbtui.ui.widgets.rows import Cell, Column, Row, RowList, kept_columns
from hbtui.ui.widgets.tabs import WordBar
from tests.support.host import Host
from tests.support.screens import screen_text

COLUMNS = (Column("name", 6), Column("amount", 8, is_right=True, rank=1), Column("rest", 5, is_elastic=True))


def rows(count: int) -> list[Row]:
    """Rows with a key, a name and an amount."""
    return [Row(f"k{n}", (Cell(f"n{n}"), Cell(str(n * 1000)), Cell("end"))) for n in range(count)]


async def test_columns_line_up_under_their_headings() -> None:
    """Left and right aligned, two blanks between, the last one takes the rest."""
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(30, 5)) as pilot:
        made.show(rows(2))
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[:3] == [
            " name      amount  rest",
            " n0             0  end",
            " n1          1000  end",
        ]


async def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    """Never silently cut, also where letters are two cells wide; a number is left out whole."""
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(26, 4)) as pilot:
        made.show([Row("k", (Cell("狗狗币狗狗币"), Cell("123456789012"), Cell("x")))])
        await pilot.pause()
        line = screen_text(pilot.app).splitlines()[1]
        assert "狗狗" in line
        assert "123456" not in line


async def test_the_cursor_moves_by_keys_and_scrolls() -> None:
    """Down, page down, end and home stay within the list, and the row is seen."""
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(30, 6)) as pilot:
        made.styles.height = 6
        made.show(rows(50))
        made.focus()
        await pilot.press("down", "down")
        assert made.selected == "k2"
        await pilot.press("pagedown")
        assert made.selected == "k12"
        await pilot.press("end", "down")
        await pilot.pause()
        assert made.selected == "k49"
        assert "n49" in screen_text(pilot.app)
        await pilot.press("home", "up")
        await pilot.pause()
        assert made.selected == "k0"
        assert "n0" in screen_text(pilot.app)


async def test_enter_chooses_and_an_empty_list_has_nothing_to_choose() -> None:
    """The key of the row is the message."""
    posted: list[Message] = []
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(30, 6), message_hook=posted.append) as pilot:
        made.focus()
        await pilot.press("enter", "down")
        made.show(rows(3))
        await pilot.press("down", "enter")
        await pilot.pause()
        assert {each.key for each in posted if isinstance(each, RowList.Chosen)} == {"k1"}


async def test_the_cursor_goes_to_a_selected_row_once_it_is_there() -> None:
    """An order that was just sent may come a moment later: c must not mean the order before it."""
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(30, 6)) as pilot:
        made.show(rows(2))
        made.focus()
        await pilot.pause()
        made.select("new")
        assert made.selected == "k0"
        made.show([Row("new", rows(1)[0].cells), *rows(2)])
        assert made.selected == "new"
        made.select("newer")
        await pilot.press("down")
        made.show([Row("newer", rows(1)[0].cells), *made.rows])
        assert made.selected == "k0"


@pytest.mark.parametrize("is_log", [True, False])
async def test_the_cursor_of_a_log_is_on_its_newest_row_until_it_is_moved(*, is_log: bool) -> None:
    """Who turns to the history finds the last order chosen; in a list of what is open no row is taken for another."""
    made = RowList(COLUMNS, is_log=is_log)
    async with Host(made).run_test(size=(30, 6)) as pilot:
        pilot.app.set_focus(None)
        await pilot.pause()
        made.show(rows(1))
        made.show([Row("new", rows(1)[0].cells), *rows(1)])
        assert made.selected == ("new" if is_log else "k0")
        made.focus()
        await pilot.press("home", "down")
        made.show([Row("newer", rows(1)[0].cells), *made.rows])
        assert made.selected == "k0"


async def test_an_empty_list_says_its_sentence() -> None:
    """And only while it is empty."""
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(30, 6)) as pilot:
        made.show([], empty="nothing [/here]")
        await pilot.pause()
        assert "nothing [/here]" in screen_text(pilot.app)
        made.show(rows(1), empty="nothing [/here]")
        await pilot.pause()
        assert "nothing" not in screen_text(pilot.app)


async def test_a_banner_takes_the_whole_line() -> None:
    """A sentence instead of cells."""
    made = RowList(COLUMNS)
    async with Host(made).run_test(size=(30, 6)) as pilot:
        made.show([Row("u", (), Cell("? UNCERTAIN [/b]", "warning")), *rows(1)])
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[1] == " ? UNCERTAIN [/b]"


@given(width=st.integers(0, 60), ranks=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_fitted_columns_never_exceed_the_width_if_any_can_go(width: int, ranks: list[int]) -> None:
    """Only columns of rank 0 are kept at any price; order is kept; the highest ranks go first."""
    columns = [Column(str(n), 7, rank=rank) for n, rank in enumerate(ranks)]
    chosen = kept_columns(columns, width)
    assert list(chosen) == sorted(chosen)
    used = sum(chosen.values()) + 2 * (len(chosen) - 1)
    gone = [ranks[n] for n in range(len(ranks)) if n not in chosen]
    if used > width:
        assert len(chosen) == 1 or all(ranks[n] == 0 for n in chosen)
    if gone:
        assert min(gone) >= max(ranks[n] for n in chosen)


async def test_words_are_chosen_by_keys_round_and_round() -> None:
    """Right from the last one comes back to the first; choosing the chosen one says nothing."""
    posted: list[Message] = []
    bar = WordBar({"a": "One", "b": "Two", "c": "[/Three]"})
    async with Host(bar).run_test(size=(30, 3), message_hook=posted.append) as pilot:
        bar.focus()
        await pilot.press("right", "right", "right", "left", "space")
        bar.choose("a")
        await pilot.pause()
        chosen = list({id(each): each.name for each in posted if isinstance(each, WordBar.Chosen)}.values())
        assert chosen == ["b", "c", "a", "c", "a"]
        assert "[/Three]" in screen_text(pilot.app)


@pytest.mark.parametrize(("x", "name"), [(0, "a"), (4, "a"), (6, "b"), (10, "b"), (12, "c"), (29, "a"), (5, "a")])
async def test_words_are_chosen_by_clicks(x: int, name: str) -> None:
    """The word under the pointer; the line between and the rest choose nothing."""
    bar = WordBar({"a": "One", "b": "Two", "c": "Three"})
    async with Host(bar).run_test(size=(30, 3)) as pilot:
        await pilot.click(bar, offset=(x, 0))
        assert bar.chosen == name


async def test_the_first_step_of_a_bar_with_nothing_chosen() -> None:
    """Shares begin with nothing chosen: right takes the first, left the last."""
    bar = WordBar({"25": "25%", "100": "100%"})
    async with Host(bar).run_test(size=(30, 3)):
        bar.chosen = ""
        bar.action_step(1)
        assert bar.chosen == "25"
        bar.chosen = ""
        bar.action_step(-1)
        assert bar.chosen == "100"


@pytest.mark.parametrize(
    ("width", "shown"), [(30, " one  two                 turn"), (14, " one  two"), (15, " one  two  turn")]
)
async def test_a_hint_stands_at_the_end_where_there_is_room(width: int, shown: str) -> None:
    """It never takes the place of a word, and a click on it chooses nothing."""
    bar = WordBar({"1": "one", "2": "two"}, line="", hint="turn")
    async with Host(bar).run_test(size=(width, 3)) as pilot:
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[0].rstrip() == shown
        await pilot.click(WordBar, offset=(width - 1, 0))
        assert bar.chosen == "1"


async def test_a_bar_without_a_choice_shows_that_it_has_the_focus() -> None:
    """Shares of a ticket begin with none chosen: by its words alone a person sees where the arrows act."""
    bar = WordBar({"25": "25%", "50": "50%"})
    bar.chosen = ""
    async with Host(bar).run_test(size=(30, 3)) as pilot:
        pilot.app.set_focus(None)
        await pilot.pause()
        without = bar.get_visual_style("wordbar--word")
        bar.focus()
        await pilot.pause()
        assert bar.get_visual_style("wordbar--word") != without
