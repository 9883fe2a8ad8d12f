"""What is loaded when the first frame is out: little, so that it is out soon."""

import subprocess
import sys

_FIRST_FRAME = """
import sys
import hbtui.__main__, hbtui.target, hbtui.terminal
from hbtui.model.account import Mode
from hbtui.ui.app import HbtuiApp
from hbtui.ui.boot import Opening

loaded = []

def open_front():
    loaded.extend(sys.modules)
    raise SystemExit

try:
    HbtuiApp(Opening(mode=Mode.DEMO, symbol="btcusdt", open_front=open_front), now_ms=int).run(headless=True)
finally:
    print(*loaded, sep="\\n")
"""
_LATER = {
    *("httpx", "httpcore", "anyio", "websockets", "msgspec", "sqlite3", "certifi", "dotenv"),
    *("starlette", "uvicorn", "click"),
    *("hbtui.runtime", "hbtui.headless", "hbtui.htx", "hbtui.storage", "hbtui.sim.server", "hbtui.model.order"),
    *("hbtui.trading.engine", "hbtui.trading.views", "hbtui.ui.screens", "hbtui.ui.widgets", "hbtui.ui.charting"),
}


def _modules_after(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    found = set(done.stdout.split())
    assert "sys" in found, done.stderr
    return found


def test_the_first_frame_needs_neither_the_panes_nor_the_engine() -> None:
    """When the exchange is about to be opened, a frame is out and nothing that opens or fills it is loaded yet."""
    loaded = _modules_after(_FIRST_FRAME)
    assert "hbtui.ui.boot" in loaded
    assert not loaded & _LATER


def test_httpx_comes_without_its_command_line() -> None:
    """Opening the HTTP client loads httpx, not click and not what httpx's own command line shows its answers with."""
    code = """
import asyncio, sys
from hbtui.htx.hosts import Hosts
from hbtui.htx.transport import Transport, tls_context

async def main():
    hosts = Hosts.loopback("http://127.0.0.1:9")
    async with Transport(hosts, tls_context(hosts)):
        print(*sys.modules, sep="\\n")

asyncio.run(main())
"""
    loaded = _modules_after(code)
    assert "httpx" in loaded
    assert not loaded & {"click", "rich.console", "pygments", "httpx._main"}
