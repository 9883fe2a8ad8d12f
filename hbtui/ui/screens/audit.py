"""What the journal holds of one order, to scroll through."""

from collections.abc import Sequence
from datetime import tzinfo
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from hbtui.trading.views import Front
from hbtui.ui.audit_words import AuditLine, audit_lines
from hbtui.ui.frame import Moment, Pane
from hbtui.ui.keys import Area, bindings
from hbtui.ui.screens.parts import header_pane
from hbtui.ui.widgets.alarms import StateLines
from hbtui.ui.widgets.header import HeaderBar
from hbtui.ui.widgets.keybar import KeyBar

__all__ = ["AuditScreen"]

_TONES = {"strong": "bold", "warning": "bold $warning", "error": "$error", "dim": "$muted"}
_LEAD = 25
"""Columns of the time; what follows is wrapped behind it."""
_LABEL = 20
_LEAST = 24


class AuditScreen(Screen[None]):
    """Asks for the journal's entries of an order and shows them, oldest first; plain text, never markup."""

    CSS_PATH = "audit.tcss"
    AUTO_FOCUS = "#audit-box"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Area.AUDIT)]

    def __init__(self, front: Front, key: str, title: str, *, zone: tzinfo | None) -> None:
        super().__init__()
        self._front = front
        self._key = key
        self._order = title
        self._zone = zone
        self._panes: tuple[Pane, ...] = ()

    def compose(self) -> ComposeResult:
        """Header, the entries, and the keys."""
        yield HeaderBar(id="header")
        yield StateLines()
        with VerticalScroll(id="audit-box") as box:
            box.border_title = Content(f"Journal of {self._order}")
            box.border_subtitle = Content(self._key)
            yield Static(id="audit-text")
        yield KeyBar()

    def on_mount(self) -> None:
        """Ask for the entries."""
        self._front.read_audit(self._key)
        self._panes = (
            self.query_one(StateLines).pane(),
            Pane(self.query_one("#audit-box"), lambda now: (now.view.audit, self.size.width), self._draw),
            header_pane(self.query_one(HeaderBar), self._zone),
        )

    def panes(self) -> Sequence[Pane]:
        """The entries with the part of the view that they come from."""
        return self._panes

    def action_leave(self) -> None:
        """Go back to where the order was chosen."""
        self.dismiss()

    def _draw(self, now: Moment) -> None:
        audit = now.view.audit
        is_of_it = audit.key == self._key
        parts: list[tuple[str, str]] = []
        if is_of_it and audit.problem:
            parts.append((f"The journal cannot be read: {audit.problem}\n\n", "$error"))
        if is_of_it:
            for line in audit_lines(audit.entries, self._zone):
                parts += self._written(line)
        if not parts:
            is_read = is_of_it and not audit.is_loading
            parts.append(("The journal holds nothing of this order." if is_read else "reading the journal …", "$muted"))
        self.query_one("#audit-text", Static).update(Content.assemble(*parts).rstrip())

    def _written(self, line: AuditLine) -> list[tuple[str, str]]:
        width = max(_LEAST, self.size.width - _LEAD - 6)
        parts = [
            (line.at.ljust(_LEAD), "$muted"),
            (f"{_hanging(line.words, width, _LEAD)}\n", _TONES.get(line.tone, "")),
        ]
        for label, text in line.details:
            lead = _LEAD + _LABEL
            told = _hanging(text, max(_LEAST, self.size.width - lead - 6), lead)
            parts += [(f"{'':{_LEAD}}{label:<{_LABEL}}", "$muted"), (f"{told}\n", "")]
        return parts


def _hanging(words: str, width: int, lead: int) -> str:
    return ("\n" + " " * lead).join(wrap(words, width, break_on_hyphens=False) or [""])
