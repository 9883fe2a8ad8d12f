"""The lines under the header that say that no new order leaves: halted by a person, or blocked by something."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from hbtui.trading.views import View
from hbtui.ui.frame import Moment, Pane
from hbtui.ui.switching import failure_words

__all__ = ["HALTED", "StateLines", "is_read_only"]

HALTED = "HALTED: no new orders leave; cancels pass · H again to resume"
_HELD = ("another hbtui", "another program holds", "read-only")


def is_read_only(view: View) -> bool:
    """Whether somebody else holds the account, so that this terminal only reads and cancels."""
    return any(words in view.blocked.lower() for words in _HELD)


def _holder(view: View) -> str:
    """Say who holds the account first, whatever the sentence begins with: a narrow terminal cuts its end."""
    at = next((at for words in _HELD[:2] if (at := view.blocked.lower().find(words)) >= 0), 0)
    return view.blocked[at:].rstrip(".")


class StateLines(Vertical):
    """One line while halted, one while blocked, one while the switch fails, else none; plain text, never markup."""

    DEFAULT_CSS = """
    StateLines {
        height: auto;
        & > Static { display: none; height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > .-shown { display: block; }
        & > .halted { background: $error; color: $badge-text; text-style: bold; }
        & > .blocked, & > .switch { background: $warning 20%; color: $warning; }
    }
    """

    def compose(self) -> ComposeResult:
        """Both lines, hidden."""
        yield Static(Content(HALTED), classes="halted")
        yield Static(id="blocked", classes="blocked")
        yield Static(classes="switch")

    def show(self, view: View) -> None:
        """Show what stands against new orders."""
        self.query_one(".halted").set_class(view.is_halted, "-shown")
        blocked = self.query_one(".blocked", Static)
        is_said = view.is_halted and "halt" in view.blocked.lower()
        # a class of the line alone: one of the screen would have every pane styled anew
        blocked.set_class(bool(view.blocked) and not view.is_failed and not is_said, "-shown")
        lead = f"READ-ONLY: {_holder(view)}" if is_read_only(view) else f"No new orders now: {view.blocked}"
        blocked.update(Content(f"{lead} · cancelling is not blocked"))

        failure = failure_words(view.switch)
        switch = self.query_one(".switch", Static)
        switch.set_class(bool(failure), "-shown")
        switch.update(Content(failure))

    def pane(self) -> Pane:
        """For a live screen: drawn when something began or ceased to stand against new orders."""
        return Pane(
            self,
            lambda now: (now.view.blocked, now.view.is_failed, now.view.is_halted, now.view.switch),
            self._draw,
        )

    def _draw(self, now: Moment) -> None:
        self.show(now.view)
