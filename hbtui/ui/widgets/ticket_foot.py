"""The ticket's foot: what the order would bring and cost, what may be sent at most, and what the gate says of it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from hbtui.trading.ticket import Preview, TicketContext, TicketForm
from hbtui.trading.views import Caps, Finding, Severity
from hbtui.ui.widgets.figures import caps_words, figures
from hbtui.ui.widgets.words import Words

__all__ = ["TicketFoot", "findings_words"]


def findings_words(findings: Sequence[Finding]) -> Content:
    """Say the gravest finding with its code, and how many more the review will show; plain text, never markup."""
    if not findings:
        return Content("")
    first, *others = sorted(findings, key=lambda each: (each.severity is not Severity.ERROR, bool(each.phrase)))
    is_error = first.severity is Severity.ERROR
    mark, style = ("✗", "$error") if is_error else ("!", "$warning")
    parts = [(f"{mark} {first.code}: {first.text}", style)]
    if others:
        parts.append((f" · {len(others)} more in the review", "$warning"))
    return Content.assemble(*parts)


class TicketFoot(Vertical):
    """Figures and caps under each other, and a note below them."""

    DEFAULT_CSS = """
    TicketFoot {
        height: auto;
        & > Words { height: auto; }
        & > #caps { color: $muted; }
        & > #note { color: $warning; }
    }
    """

    def compose(self) -> ComposeResult:
        """Figures, caps and note."""
        yield Words(id="figures")
        yield Words(id="caps")
        yield Words(id="note")

    def show(self, form: TicketForm, context: TicketContext | None, preview: Preview, caps: Caps) -> None:
        """Show what the order would mean."""
        self.query_one("#figures", Words).say(figures(form, context, preview))
        told = caps_words(caps, self.size.width)
        line = self.query_one("#caps", Words)
        line.say(Content(told))
        line.display = bool(told)

    def note(self, content: Content) -> None:
        """Say something below the figures."""
        self.query_one("#note", Words).say(content)
