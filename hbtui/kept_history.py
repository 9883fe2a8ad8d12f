"""Joins an open exchange and the archive of its origin, for the engine."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from hbtui.config import Places
from hbtui.model.series import Series, Span
from hbtui.trading.archiving import Archive, BarSource

if TYPE_CHECKING:
    from hbtui.htx.exchange import HtxExchange

__all__ = ["KeptHistory"]


class KeptHistory:
    """Implements ``archiving.History``."""

    def __init__(self, exchange: "HtxExchange", places: Places) -> None:
        self._exchange = exchange
        self._places = places

    async def open_archive(self) -> Archive:
        """Open the archive of the exchange's origin; raises ``ArchiveError`` and ``ExchangeError``."""
        from hbtui.archive_places import open_archive

        origin = await self._exchange.origin()
        return await asyncio.to_thread(open_archive, self._places, origin)

    def source(self) -> AbstractAsyncContextManager[BarSource]:
        """The exchange's whole history, over a few connections of its own."""
        return self._exchange.bar_source(3)

    def export(self, archive: Archive, series: Series, span: Span, out: Path) -> int:
        """Write bars to a file (blocks), never over an existing one. Raises ``ArchiveError``."""
        from hbtui.storage.export import export

        return export(archive, [series], span, out)
