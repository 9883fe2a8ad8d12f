"""hbtui: a full-screen terminal for trading spot on HTX.

From Python, ``hbtui.connect()`` gives an async client over the same core; it is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hbtui.headless import Client, connect

__all__ = ["Client", "__version__", "connect"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load the client lazily, so that ``hbtui --version`` imports nothing of it (PEP 562)."""
    if name in {"Client", "connect"}:
        # by name, so that the rings below, which ask for the version here, do not come to depend on what is on top
        return getattr(import_module("hbtui.headless"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
