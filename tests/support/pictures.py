"""Makes the README's picture: the program itself, on the embedded exchange, with an order resting.

``python -m tests.support.pictures``
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from tests.support.exchange import running_exchange
from tests.support.running import Running, running_screen

__all__ = ["PICTURES", "picture_of"]

PICTURES = Path(__file__).resolve().parents[1] / "pictures"


def picture_of(running: Running) -> str:
    """Draw what is on the screen as SVG; fonts are named, not fetched from anywhere."""
    drawn = running.app.export_screenshot(title="hbtui", simplify=True)
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


async def _trade() -> str:
    async with running_exchange() as exchange, running_screen(exchange.rest, symbol="btcusdt") as running:
        await running.sees(lambda view: not view.blocked and view.orders.is_known and view.book.book)
        await running.press("b")
        book = running.view.book.book
        assert book is not None
        assert book.best_bid is not None
        await running.type(str(book.best_bid.price - 12))
        await running.press("tab")
        await running.type("0.02")
        await running.press("enter")
        await running.shows("Review order")
        await asyncio.sleep(1)
        await running.press("y")
        await running.sees(lambda view: view.orders.open)
        await running.press("escape")
        await running.shows("● live", "Open 1")
        await asyncio.sleep(2)
        return picture_of(running)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["HBTUI_HOME"] = home
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / "trade.svg").write_text(asyncio.run(_trade()), encoding="utf-8")
