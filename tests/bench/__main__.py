"""``python -m tests.bench [NAME…] [--rows N]``: prints the figures, each as a ratio against a floor of the same run."""

import asyncio
import inspect
from argparse import ArgumentParser
from importlib import import_module

_NAMES = ("signing", "chart", "startup", "keys", "confirm", "archive")


async def main() -> None:
    """Run the benches that were named, or all."""
    parser = ArgumentParser(prog="python -m tests.bench", description="Print what things cost, beside a floor.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_NAMES)}; all if none is named")
    parser.add_argument("--rows", type=int, default=10_000_000, help="how many rows archive fills its file with")
    asked = parser.parse_args()
    for name in asked.names or _NAMES:
        bench = import_module(f"tests.bench.{name}").report
        answer = bench(asked.rows) if name == "archive" else bench()
        for line in await answer if inspect.isawaitable(answer) else answer:
            print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
