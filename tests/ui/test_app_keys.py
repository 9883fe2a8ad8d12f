"""The one table of keys: complete, without clashes, and the source of footer, help and palette."""

import pytest
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from hbtui.model.candle import Period
from hbtui.ui.app import HbtuiApp
from hbtui.ui.keys import PERIOD_KEYS, TABLE, Area, bindings, lines
from hbtui.ui.screens.archive import ArchiveScreen
from hbtui.ui.screens.audit import AuditScreen
from hbtui.ui.screens.help import help_text
from hbtui.ui.screens.orders import OrdersScreen
from hbtui.ui.screens.trade import TradeScreen
from hbtui.ui.widgets.balances import BalancesPane
from hbtui.ui.widgets.chart import CandleChart
from hbtui.ui.widgets.ladder import DepthLadder
from hbtui.ui.widgets.ticket import OrderTicket
from hbtui.ui.widgets.watchlist import Watchlist

SCREENS: dict[type[Screen[None]], tuple[Area, ...]] = {
    TradeScreen: (Area.TRADE, Area.LISTS, Area.ORDERS),
    OrdersScreen: (Area.ORDERS, Area.ORDERS_SCREEN),
    AuditScreen: (Area.AUDIT,),
    ArchiveScreen: (Area.ARCHIVE,),
}
_WRITTEN = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "enter": "⏎", "escape": "esc", "plus": "+", "minus": "−",
    "pageup": "PgUp", "pagedown": "(PgDn", "home": "Home", "end": "End", "ctrl+t": "^t",
}  # fmt: skip


def test_ids_are_unique_and_say_area_and_verb() -> None:
    """A remapped key must find exactly one line."""
    ids = [line.id for line in TABLE]
    assert len(set(ids)) == len(ids)
    assert all("." in each and each == each.lower() for each in ids)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_no_key_is_bound_twice_on_a_screen(screen: type[Screen[None]]) -> None:
    """Two meanings of one key would depend on the order of the table."""
    areas = {*SCREENS[screen], Area.ANYWHERE}
    keys = [line.key for line in TABLE if not line.is_bound_elsewhere and line.area in areas]
    assert sorted(set(keys)) == sorted(keys)


def test_every_line_says_what_happens() -> None:
    """Help is a sentence, the footer's words are short."""
    for line in TABLE:
        assert line.help[0].isupper()
        assert not line.help.endswith(".")
        assert len(line.words) <= 14
        assert len(line.help) <= 74


def test_every_period_has_a_key() -> None:
    """The ten of the venue by digit, the second bars by t."""
    assert set(PERIOD_KEYS.values()) == set(Period)
    assert [PERIOD_KEYS[key] for key in "1234567890"] == [period for period in Period if period.is_from_venue]
    assert PERIOD_KEYS["t"] is Period.SECOND


@pytest.mark.parametrize("line", [line for line in TABLE if not line.is_bound_elsewhere], ids=lambda line: line.id)
def test_every_bound_action_exists(line: object) -> None:
    """No key of the table leads nowhere."""
    assert isinstance(line, type(TABLE[0]))
    screens: list[type[object]] = [screen for screen, areas in SCREENS.items() if line.area in areas]
    owners = screens or [HbtuiApp]
    for owner in owners:
        assert callable(getattr(owner, f"action_{line.action.split('(')[0]}"))


def test_what_is_bound_elsewhere_is_left_out_of_the_bindings() -> None:
    """The table has them for the help only."""
    bound = {binding.id for binding in bindings()}
    assert bound == {line.id for line in TABLE if not line.is_bound_elsewhere}
    assert "review.send" not in bound


def test_bindings_carry_id_words_and_tooltip() -> None:
    """A line becomes a binding without loss."""
    line = next(line for line in lines(Area.TRADE) if line.id == "ticket.buy")
    binding = next(binding for binding in bindings(Area.TRADE) if binding.id == "ticket.buy")
    assert (binding.key, binding.action, binding.description) == (line.key, line.action, line.words)
    assert (binding.tooltip, binding.show) == (line.help, True)


def test_the_help_has_every_line_of_the_table() -> None:
    """Nothing can be done that the help does not tell."""
    text = help_text(77).plain
    untold = {line.key for line in TABLE if not line.is_told}
    assert untold == set("1234567890")
    assert "1 … 0" in text
    for line in TABLE:
        assert line.help in text or line.key in untold
    for area in Area:
        assert f"{area.value}\n" in text


@pytest.mark.parametrize("width", [53, 73])
def test_the_help_fits_its_box(width: int) -> None:
    """On the smallest terminals too no line is longer than the box, and what goes on stands under its own column."""
    told = help_text(width).plain.split("\n")
    assert max(map(len, told)) <= width
    at = next(index for index, line in enumerate(told) if "Go to the first symbol" in line)
    assert told[at].startswith("  Home   Go")
    wrapped = [line for line in help_text(53).plain.split("\n") if line.startswith(" " * 9)]
    assert wrapped
    assert not any(line[9].isspace() for line in wrapped)


@pytest.mark.parametrize("pane", [CandleChart, DepthLadder, Watchlist, BalancesPane, OrderTicket])
def test_the_help_tells_the_keys_that_a_pane_binds_itself(pane: type[Widget]) -> None:
    """A key that only its pane knows of would never be found: each one is written somewhere in the help."""
    text = help_text(77).plain
    for binding in pane.BINDINGS:
        assert isinstance(binding, Binding)
        names = [_WRITTEN.get(key, key) for key in binding.key.split(",")]
        assert any(f" {name} " in text or f"{name}:" in text or f"{name} and" in text for name in names), binding


def test_nothing_irreversible_has_a_single_key_without_a_question() -> None:
    """Sending needs the review; cancelling asks: their lines say so."""
    told = {line.id: line.help for line in TABLE}
    assert "asks" in told["orders.cancel"]
    assert "asks" in told["orders.cancel-all"]
    assert "asks" in told["orders.sign-off"]
    assert "asks" in told["archive.delete"]
    assert "once" in told["review.send"]


def test_halting_comes_before_everything_and_only_halting() -> None:
    """The one command that never waits for a dialog: it can only stop."""
    assert [line.id for line in TABLE if line.is_first] == ["app.halt"]
    assert [binding.id for binding in bindings() if binding.priority] == ["app.halt"]
