"""``python -m tests.bench [NAME…]``: prints the figures, each as a ratio against a peer or a floor of the same run."""

import asyncio
import inspect
import sys
from importlib import import_module

_NAMES = ("signing", "chart", "startup", "keys", "confirm", "archive")


async def main() -> None:
    """Run the benches that were named, or all."""
    for name in sys.argv[1:] or _NAMES:
        answer = import_module(f"tests.bench.{name}").report()
        for line in await answer if inspect.isawaitable(answer) else answer:
            print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
