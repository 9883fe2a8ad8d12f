"""hbtui's engine in a process of its own that is short of something, or of time; told what to do line by line.

``python -m tests.catalogue.child PORT JOURNAL memory|files|TIMES`` answers each line with one of JSON. ``TIMES`` is a
file of two numbers: by how much, in ms, the wall clock and the steady clock are ahead of the machine's.
"""

import json
import mmap
import resource
import struct
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.order import Confirmation, OrderRequest, OrderType, Side
from hbtui.trading.clock import SystemClock
from hbtui.trading.engine import Engine
from hbtui.trading.views import Denied
from tests.catalogue.rig import SYMBOL, trading_session
from tests.support.eventually import eventually_sync
from tests.support.invariants import shown_orders

_SPARE_BYTES = 48 << 20
_MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


class PutForward(SystemClock):
    """The machine's clocks, put forward from outside while this process stands still."""

    LAYOUT = struct.Struct("=qq")

    def __init__(self, times: Path) -> None:
        with times.open("rb") as file:
            self._times = mmap.mmap(file.fileno(), self.LAYOUT.size, access=mmap.ACCESS_READ)

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        return super().now_ms() + int(self.LAYOUT.unpack(self._times[:])[0])

    def monotonic_s(self) -> float:
        """The steady clock."""
        return super().monotonic_s() + int(self.LAYOUT.unpack(self._times[:])[1]) / 1000


def _memory() -> None:
    """Let the process grow by a little, and no further."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + _SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _files(most: int) -> None:
    """Allow so many file handles; those that are open stay so."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, _MOST_FILES))


def _place(engine: Engine, amount: int) -> dict[str, object]:
    view = engine.view
    assert view.quote is not None
    assert view.quote.last is not None
    price = round(view.quote.last * Decimal("0.98"), view.instruments[SYMBOL].price_precision)
    request = OrderRequest(
        account_id=view.venue.account_id or 0,
        symbol=SYMBOL,
        side=Side.BUY,
        type=OrderType.LIMIT,
        amount=Decimal(amount),
        price=price,
    )
    try:
        return {"key": engine.place(request, Confirmation(at_ms=engine._clock.now_ms(), by="key"))}
    except Denied as denied:
        return {"denied": str(denied)}


def _told(engine: Engine) -> dict[str, object]:
    view = engine.view
    return {
        "blocked": view.blocked,
        "orders": {key: [order.state.value, order.cause] for key, order in shown_orders(view).items()},
        "notices": [f"{notice.title}: {notice.text}" for notice in view.notices],
        "is_heard": engine._clock.now_ms() - view.heart_ms < 3000,
    }


def main() -> int:
    """Run until told to quit."""
    port, journal, what = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    clock = SystemClock() if what in {"memory", "files"} else PutForward(Path(what))
    engine = Engine(Mode.DEMO, watchlist=[SYMBOL], symbol=SYMBOL, period=Period.MINUTE, clock=clock)
    engine.start(lambda: trading_session(port, journal, clock))
    eventually_sync(
        lambda: not engine.view.blocked and engine.view.quote and engine.view.book.book, 20, engine.view.blocked
    )
    actions: dict[str, Callable[[], object]] = {
        "short": _memory if what == "memory" else lambda: _files(3),
        "place": lambda: _place(engine, 1000),
        "again": lambda: _place(engine, 1100),
        "tell": lambda: _told(engine),
        "end": lambda: _files(_MOST_FILES),
    }
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(actions[line.strip()]() or {}), flush=True)
    return 0 if engine.stop(5) else 3


if __name__ == "__main__":
    sys.exit(main())
