"""A command of hbtui run within the test's own process, and what it said."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from hbtui.cli import ExitCode, parse
from hbtui.commands import run_command
from hbtui.target import make_target
from tests.support.exchange import RunningExchange

__all__ = ["Commands", "Said", "far_price"]


@dataclass(frozen=True)
class Said:
    """What came of a command."""

    code: ExitCode
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON rows on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, list)
        return found


@dataclass
class Commands:
    """Runs commands on one exchange."""

    exchange: RunningExchange
    streams: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Said:
        """Run one to its end, with JSON as its answer."""
        return self.plainly(*words, "--json")

    def plainly(self, *words: str) -> Said:
        """Run one to its end, with words for a person as its answer."""
        self.streams.readouterr()
        with ExitStack() as stack:
            asked = parse([*words])
            code = run_command(asked, make_target(stack, exchange=self.exchange.rest))
        said = self.streams.readouterr()
        return Said(code, said.out, said.err)

    def limit(self, *words: str, amount: str = "500") -> Said:
        """Send a limit buy that rests."""
        price = far_price(self.exchange)
        return self("order", "buy-limit", "dogeusdt", "--amount", amount, "--price", price, "--yes", *words)


def far_price(exchange: RunningExchange, share: str = "0.95") -> str:
    """A price that rests on the buying side: nineteen twentieths of the last."""
    return format((exchange.last_price("dogeusdt") * Decimal(share)).quantize(Decimal("0.00001")), "f")
