"""One odd row in a list of orders or fills hides none of the others, and own rows are never left out."""

from collections.abc import AsyncIterator

import pytest

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.errors import AnswerError
from hbtui.model.secret import Credentials, Secret
from tests.support.exchange import RunningExchange, running_exchange

SOUND = (
    '{"id":1,"symbol":"dogeusdt","type":"buy-limit","state":"submitted","account-id":100009,"amount":"100",'
    '"price":"0.07","created-at":1700000000000,"filled-amount":"0","filled-cash-amount":"0","filled-fees":"0"}'
)


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose answers can be replaced."""
    async with running_exchange() as running:
        yield running


async def told(exchange: RunningExchange, rows: str) -> list[tuple[str, str]]:
    """Ids and names of the open orders that the client makes of an answer with these rows."""
    exchange.clear_faults()
    exchange.fault("/v1/order/openOrders", "answer", body=f'{{"status":"ok","data":[{rows}]}}')
    pair = Credentials(Secret(exchange.access_key), Secret(exchange.secret_key))
    async with HtxExchange.open(Hosts.from_ready_line(exchange.ready_line), pair) as client:
        return [(one.order_id, one.symbol) for one in await client.open_orders(100009)]


@pytest.mark.parametrize(
    ("spelt", "shown"),
    [
        ("\u5e01\u5b89usdt", "\u5e01\u5b89usdt"),
        ("doge_usdt", "doge_usdt"),
        ("DOGEUSDT", "?DOGEUSDT"),
        (" dogeusdt ", "?dogeusdt"),
        ("doge\u202eusdt", "doge\u00b7usdt"),
        ("", "?"),
        ("x" * 50, "x" * 39 + "\u2026"),
    ],
)
async def test_an_order_of_a_pair_that_is_spelt_otherwise_is_told(
    exchange: RunningExchange, spelt: str, shown: str
) -> None:
    """It hides no other and is not hidden, under a name that is harmless and never that of a pair that is traded."""
    odd = SOUND.replace('"id":1', '"id":2').replace("dogeusdt", spelt)
    assert await told(exchange, f"{odd},{SOUND}") == [("1", "dogeusdt"), ("2", shown)]


async def test_a_row_that_may_be_ones_own_is_never_left_out(exchange: RunningExchange) -> None:
    """A row of a pair with a number that cannot be makes the whole answer unreadable: it would prove an absence."""
    with pytest.raises(AnswerError):
        await told(exchange, SOUND.replace('"100"', '"-1e400"'))
