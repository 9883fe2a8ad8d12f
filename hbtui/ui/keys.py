"""Every key of the program in one table: bindings, footer, help and command palette are made from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding

from hbtui.model.candle import Period

__all__ = ["PERIOD_KEYS", "TABLE", "Area", "KeyLine", "bindings", "lines"]


class Area(Enum):
    """Where a key works; the value heads its part of the help."""

    ANYWHERE = "Everywhere"
    TRADE = "Trade screen"
    CHART = "Chart"
    BOOK = "Order book"
    LISTS = "Watchlist and balances"
    ORDERS = "Orders"
    ORDERS_SCREEN = "Orders screen"
    AUDIT = "Journal of an order"
    ARCHIVE = "Archive of bars"
    TICKET = "Order ticket"
    REVIEW = "Review of an order"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One thing that a person can do with a key."""

    id: str
    """Stable name, ``area.verb``, by which the key can be remapped."""
    key: str
    action: str
    words: str
    """For the footer: one or two words."""
    help: str
    """One line that says what happens."""
    area: Area = Area.TRADE
    display: str | None = None
    """How the key is written, where its name is not what is on the keyboard."""
    footer: str | None = None
    """How the footer writes it, where it stands there for more than one key."""
    is_shown: bool = False
    """Whether the footer has room for it."""
    is_last: bool = False
    """Whether the footer writes it behind all others, where it is the first to be left out."""
    is_command: bool = True
    """Whether the command palette offers it."""
    is_bound_elsewhere: bool = False
    """The library or a widget binds it; the table has it for the help."""
    is_first: bool = False
    """Whether it works in every dialog and before whatever has the focus; not in fields that take letters."""
    is_told: bool = True
    """Whether the help has a line for it; one line may tell of several keys."""

    @property
    def written(self) -> str:
        """The key as help and README write it."""
        return self.display or self.key


PERIOD_KEYS: dict[str, Period] = {
    "1": Period.MINUTE,
    "2": Period.MINUTES_5,
    "3": Period.MINUTES_15,
    "4": Period.MINUTES_30,
    "5": Period.HOUR,
    "6": Period.HOURS_4,
    "7": Period.DAY,
    "8": Period.WEEK,
    "9": Period.MONTH,
    "0": Period.YEAR,
    "t": Period.SECOND,
}


def _period(key: str, period: Period) -> KeyLine:
    built = "" if period.is_from_venue else ", built here from trades as they come"
    return KeyLine(
        id=f"chart.{period.value}",
        key=key,
        action=f"show_period('{period.value}')",
        words=period.value,
        help=f"Show bars of {period.value}{built}",
        is_told=not period.is_from_venue,
    )


def _elsewhere(area: Area, told: Mapping[str, str]) -> list[KeyLine]:
    """Lines of the help for keys that a widget binds itself."""
    return [
        KeyLine(id=f"{area.name.lower()}.{number}", key=key, display=key, action="", words="", help=line, area=area,
                is_command=False, is_bound_elsewhere=True)
        for number, (key, line) in enumerate(told.items())
    ]  # fmt: skip


TABLE: tuple[KeyLine, ...] = (
    KeyLine(id="ticket.buy", key="b", action="open_ticket('buy')", words="Buy", is_shown=True,
            help="Open the order ticket to buy"),
    KeyLine(id="ticket.sell", key="s", action="open_ticket('sell')", words="Sell", is_shown=True,
            help="Open the order ticket to sell"),
    KeyLine(id="market.search", key="slash", display="/", action="search_symbol", words="Symbol", is_shown=True,
            help="Search all symbols and choose the one to show"),
    *_elsewhere(Area.TRADE, {"1 … 0": "Show bars of 1 5 15 30 60min 4hour 1day 1week 1mon 1year"}),
    KeyLine(id="chart.next", key="right_square_bracket", display="]", footer="1–0", action="step_period(1)",
            words="Period", is_shown=True, is_last=True, help="Show the next longer period", is_command=False),
    KeyLine(id="chart.previous", key="left_square_bracket", display="[", action="step_period(-1)", words="Shorter",
            help="Show the next shorter period", is_command=False),
    *(_period(key, period) for key, period in PERIOD_KEYS.items()),
    *_elsewhere(Area.CHART, {
        "+ −": "Zoom in and out (so does the wheel)",
        "← →": "Move the crosshair from bar to bar; the bar is read out above",
        "↑ ↓": "Move the crosshair's price",
        "⏎": "Take the crosshair's price into the ticket",
        "PgUp": "Go back in time, as far as there are bars (PgDn: forward)",
        "End": "Go to the newest bar (Home: to the oldest)",
    }),
    *_elsewhere(Area.BOOK, {
        "↑ ↓": "Move through the levels (j and k as well)",
        "⏎": "Take the level's price into the ticket",
        "g": "Group the prices, more coarsely each time, then not at all",
    }),
    *_elsewhere(Area.LISTS, {
        "↑ ↓": "Move through the symbols, scroll the balances (j and k as well)",
        "⏎": "Show the market of the chosen symbol",
        "Home": "Go to the first symbol (End: to the last)",
    }),
    KeyLine(id="balances.hide", key="h", action="hide_balances", words="Hide", area=Area.LISTS,
            help="Hide the balances from people behind you, or show them again"),
    KeyLine(id="orders.cancel", key="c", action="cancel_order", words="Cancel", is_shown=True, area=Area.ORDERS,
            help="Cancel the selected order (asks once); in doubt, when it is found"),
    KeyLine(id="orders.cancel-all", key="C", action="cancel_all", words="Cancel all", is_shown=True, area=Area.ORDERS,
            help="Cancel all (asks, with their number; C again: all, S: this symbol)"),
    KeyLine(id="app.halt", key="H", action="halt", words="Halt", is_shown=True, area=Area.ANYWHERE, is_first=True,
            help="HALT: new orders stop at once, cancels pass (again: asks to resume)"),
    KeyLine(id="orders.look", key="l", action="look_now", words="Look now", area=Area.ORDERS,
            help="Look an uncertain order up now, not at its next check"),
    KeyLine(id="orders.audit", key="a", action="show_audit", words="Journal", area=Area.ORDERS,
            is_shown=True, is_last=True, help="Show the journal of the order, from key press to final state"),
    KeyLine(id="orders.sign-off", key="x", action="sign_off", words="Sign off", area=Area.ORDERS,
            help="Settle an UNPROVEN or CONFLICT order, once you know its end (asks)"),
    KeyLine(id="orders.screen", key="O", action="show_orders", words="All orders", is_shown=True, is_last=True,
            help="Show all orders on a screen of their own: dates, fees, a filter"),
    KeyLine(id="orders.tab", key="o", action="next_orders_tab", words="Orders", area=Area.ORDERS,
            help="Turn to the next tab: open, history, fills, uncertain"),
    *_elsewhere(Area.ORDERS, {"↑ ↓": "Move through the orders (PgUp, PgDn, Home, End as well)"}),
    KeyLine(id="orders.filter", key="slash", display="/", action="filter", words="Filter", area=Area.ORDERS_SCREEN,
            is_shown=True, help="Show only symbols that have this in their name (esc: all)"),
    KeyLine(id="orders.back", key="escape", display="esc", action="leave", words="Back", area=Area.ORDERS_SCREEN,
            is_shown=True, is_command=False, help="Back to the trade screen"),
    *_elsewhere(Area.AUDIT, {"↑ ↓": "Scroll (PgUp, PgDn, Home, End as well)"}),
    KeyLine(id="audit.back", key="escape", display="esc", action="leave", words="Back", area=Area.AUDIT,
            is_shown=True, is_command=False, help="Back to the orders"),
    KeyLine(id="archive.fetch", key="n", action="fetch", words="New", area=Area.ARCHIVE, is_shown=True,
            help="Fetch bars into the archive: asks for symbol, period and days"),
    KeyLine(id="archive.turn", key="p", action="turn_download", words="Pause", area=Area.ARCHIVE, is_shown=True,
            help="Pause the selected download, or go on with it (space as well)"),
    KeyLine(id="archive.export", key="e", action="export", words="Export", area=Area.ARCHIVE, is_shown=True,
            help="Write the selected series to a .csv or .parquet file (asks which)"),
    KeyLine(id="archive.delete", key="d", action="delete", words="Delete", area=Area.ARCHIVE, is_shown=True,
            help="Delete the selected series (asks, with the number of its bars)"),
    KeyLine(id="archive.read", key="r", action="read", words="Read", area=Area.ARCHIVE, is_shown=True,
            help="Read the archive again now; by itself it is read every 10 s"),
    KeyLine(id="archive.back", key="escape", display="esc", action="leave", words="Back", area=Area.ARCHIVE,
            is_shown=True, is_command=False, help="Back to where you came from; downloads go on"),
    *_elsewhere(Area.ARCHIVE, {"↑ ↓": "Move through the series (PgUp, PgDn, Home, End as well)"}),
    KeyLine(id="panes.next", key="full_stop", display=".", action="turn_pane(1)", words="Next pane", is_command=False,
            help="On a small terminal: turn to the next pane"),
    KeyLine(id="panes.previous", key="comma", display=",", action="turn_pane(-1)", words="Previous pane",
            is_command=False, help="On a small terminal: turn to the previous pane"),
    KeyLine(id="ticket.type-next", key="right", display="→", action="next", words="Next", area=Area.TICKET,
            is_command=False, is_bound_elsewhere=True,
            help="On side, type or share: the next choice (← the one before)"),
    *_elsewhere(Area.TICKET, {"↑ ↓": "In the price: one tick up or down"}),
    KeyLine(id="ticket.share", key="ctrl+t", display="^t", action="next_share", words="25–100%", area=Area.TICKET,
            is_shown=True, is_command=False, is_bound_elsewhere=True,
            help="Use 25, 50, 75, then 100 % of what is available"),
    KeyLine(id="ticket.review", key="enter", display="⏎", action="review", words="Review", area=Area.TICKET,
            is_shown=True, is_command=False, is_bound_elsewhere=True,
            help="Review the order, if every field is sound"),
    KeyLine(id="review.send", key="y", action="send", words="Send order", area=Area.REVIEW, is_shown=True,
            is_command=False, is_bound_elsewhere=True, help="Send the order that is shown, once"),
    *_elsewhere(Area.REVIEW, {
        "r": "Look again, after the market has moved by more than 1 %",
        "letters": "Type a phrase that is asked for to override an objection",
    }),
    KeyLine(id="app.switch", key="D", action="show_switch", words="Switch", area=Area.ANYWHERE,
            help="Dead man's switch: cancels all spot orders if hbtui falls silent"),
    KeyLine(id="app.archive", key="A", action="show_archive", words="Archive", area=Area.ANYWHERE,
            help="Show the archive of bars: coverage, gaps, downloads, export"),
    KeyLine(id="app.help", key="question_mark", display="?", action="show_help", words="Help", is_shown=True,
            area=Area.ANYWHERE, help="Show all keys and what they do"),
    KeyLine(id="app.quit", key="q", action="quit", words="Quit", is_shown=True, area=Area.ANYWHERE,
            help="Leave hbtui (asks if an order is in doubt or the switch is armed)"),
    KeyLine(id="app.palette", key="ctrl+p", display="^p", action="command_palette", words="Commands", is_shown=True,
            area=Area.ANYWHERE, is_command=False,
            help="Find any command by typing a part of its name"),
    KeyLine(id="app.back", key="escape", display="esc", action="go_back", words="Back", area=Area.TRADE, is_shown=True,
            is_command=False, help="Leave a field or a dialog; from a pane, back to the chart"),
    KeyLine(id="app.focus", key="tab", action="focus_next", words="Next pane", area=Area.ANYWHERE,
            is_command=False, is_bound_elsewhere=True, help="Move on to the next pane or field (shift+tab: back)"),
)  # fmt: skip
"""In the order of the footer and of the help."""


def lines(*areas: Area) -> Iterable[KeyLine]:
    """The lines of some areas, in the table's order; of all areas when none is named."""
    return (line for line in TABLE if not areas or line.area in areas)


def bindings(*areas: Area) -> list[Binding]:
    """Textual's bindings for the lines of some areas that nobody else binds."""
    return [
        Binding(
            line.key,
            line.action,
            line.words,
            show=line.is_shown,
            key_display=line.footer or line.display,
            tooltip=line.help,
            priority=line.is_first,
            id=line.id,
        )
        for line in lines(*areas)
        if not line.is_bound_elsewhere
    ]
