"""What a static graph cannot see: which libraries are loaded when a part of the program is."""

import subprocess
import sys

import pytest


def loaded_by(statement: str) -> set[str]:
    """Return the top-level and dotted modules that a fresh interpreter holds after a statement."""
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import hbtui.model.order, hbtui.model.events", {"asyncio", "msgspec", "httpx", "textual", "sqlite3"}),
        ("import hbtui.trading.engine", {"httpx", "textual", "websockets", "sqlite3", "msgspec", "starlette"}),
        ("import hbtui.htx.exchange", {"textual", "hbtui.trading", "hbtui.sim", "httpx", "starlette"}),
        ("import hbtui.ui.app", {"httpx", "websockets", "sqlite3", "hbtui.htx", "hbtui.sim", "hbtui.storage"}),
        ("import hbtui.sim.server", {"textual", "httpx", "hbtui.htx", "hbtui.trading", "hbtui.model.order"}),
        ("import hbtui.storage.journal", {"textual", "httpx", "hbtui.htx", "hbtui.trading", "hbtui.ui"}),
        ("import hbtui.cli", {"textual", "httpx", "asyncio", "sqlite3", "msgspec", "platformdirs"}),
        ("import hbtui.headless", {"textual", "hbtui.ui", "hbtui.sim"}),
    ],
    ids=lambda value: value.split()[1].rstrip(",") if isinstance(value, str) else "",
)
def test_a_part_loads_no_library_of_another(statement: str, forbidden: set[str]) -> None:
    """Importing one ring brings in no other ring and no heavy library that it does not need at once."""
    assert not loaded_by(statement) & forbidden


def test_the_version_costs_no_library() -> None:
    """``hbtui --version`` imports neither the screen nor the network."""
    code = (
        "import sys\nfrom hbtui.__main__ import main\ntry:\n    main(['--version'])\nfinally:\n    print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & {"textual", "httpx", "asyncio", "msgspec", "sqlite3"}
