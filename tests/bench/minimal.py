"""The floor: the least that Textual can show, with the same shutdown as any other app."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Footer, Static

__all__: list[str] = []


class Minimal(App[None]):
    """A line of text and a footer."""

    BINDINGS: ClassVar = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """Show one word."""
        yield Static("READY")
        yield Footer()


if __name__ == "__main__":
    Minimal().run()
