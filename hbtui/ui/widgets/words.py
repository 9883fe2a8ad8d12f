"""A few words on the screen that change often and seldom move anything."""

from textual.content import Content
from textual.widgets import Static

__all__ = ["Words"]


class Words(Static):
    """Shows plain content; the same content again costs nothing, and only another number of lines a new layout."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - the library's name
        super().__init__("", id=id, classes=classes)
        self._said = Content("")

    def say(self, content: Content) -> None:
        """Show this from now on."""
        if content.plain == self._said.plain and content.spans == self._said.spans:
            return
        before, self._said = self._said, content
        self.update(content, layout=self._rows(before) != self._rows(content))

    @property
    def said(self) -> str:
        """What is shown, without its styles."""
        return self._said.plain

    def _rows(self, content: Content) -> int:
        """How many rows a content takes at the present width."""
        if self.styles.height is not None and self.styles.height.cells is not None:
            return self.styles.height.cells
        return content.get_height(self.styles.get_rules(), self.size.width) if content.plain and self.size.width else 0
