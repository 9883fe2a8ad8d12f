"""Reads what the journal holds of one order into the view."""

from collections.abc import Callable

from hbtui.model.errors import JournalError
from hbtui.trading.ports import Journal
from hbtui.trading.views import AuditView

__all__ = ["AuditReading"]


class AuditReading:
    """The order asked for last; ``on_change`` hears that :attr:`view` is another one."""

    def __init__(self, journal: Journal, on_change: Callable[[], None]) -> None:
        self._journal = journal
        self._on_change = on_change
        self.view = AuditView()

    async def read(self, key: str) -> None:
        """Read one order's entries; where another is asked for meanwhile, that one is shown."""
        self._show(AuditView(key=key, is_loading=True))
        try:
            read = AuditView(key=key, entries=await self._journal.audit(key))
        except JournalError as error:
            read = AuditView(key=key, problem=str(error))
        if self.view.key == key:
            self._show(read)

    def _show(self, view: AuditView) -> None:
        self.view = view
        self._on_change()
