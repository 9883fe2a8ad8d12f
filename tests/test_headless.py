"""The client for scripts and notebooks: several orders at once, each judged by its own facts."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

import hbtui
from hbtui.config import places
from hbtui.headless import Client
from hbtui.model.account import Mode
from hbtui.model.errors import ExchangeError
from hbtui.model.order import Order, OrderState
from hbtui.target import Target
from hbtui.trading.views import Denied
from hbtui.words import BadRequest
from tests.support.exchange import RunningExchange, running_exchange


def opened(rest: str) -> AbstractAsyncContextManager[Client]:
    """A client that has not asked for the account's desk yet."""
    return Client.open(Target(Mode.DEMO, places(), exchange_url=rest))


def lose_answers(exchange: RunningExchange) -> None:
    """Let orders be taken without a word, and have nobody find them."""
    for place in ("/v1/order/orders/place", "/v1/order/orders/getClientOrder"):
        exchange.fault(place, "drop-answer", times=None)


async def test_orders_sent_together_are_each_judged_by_their_own_pair() -> None:
    """Two pairs with different rules at the same time: the sound one is accepted, the other refused before sending."""
    async with running_exchange(frozen=True) as exchange, hbtui.connect(exchange=exchange.rest) as client:
        sound, too_small = await asyncio.gather(
            client.order("buy-market", "dogeusdt", amount="20"),
            client.order("sell-market", "btcusdt", amount="0.0000001"),
            return_exceptions=True,
        )
        assert isinstance(sound, Order)
        assert sound.state is OrderState.FILLED
        assert isinstance(too_small, Denied)
        assert len(exchange.orders()) == 1


async def test_an_uncertain_order_stands_in_the_way_of_the_next_one() -> None:
    """After an answer that never came, the same side of the pair is closed until the truth is known."""
    async with running_exchange(frozen=True) as exchange, hbtui.connect(exchange=exchange.rest) as client:
        lose_answers(exchange)
        assert (await client.order("buy-market", "dogeusdt", amount="20")).state is OrderState.UNCERTAIN
        with pytest.raises(Denied, match="may be live"):
            await client.order("buy-market", "dogeusdt", amount="20")
        exchange.clear_faults()
        await client.orders()
        assert (await client.order("buy-market", "dogeusdt", amount="20")).state is OrderState.FILLED
        assert len(exchange.orders()) == 2


async def test_the_next_client_takes_up_what_the_last_one_left_uncertain() -> None:
    """A script that ended in doubt: the next one knows of it, sends nothing beside it, and finds it."""
    async with running_exchange(frozen=True) as exchange:
        lose_answers(exchange)
        async with hbtui.connect(exchange=exchange.rest) as client:
            lost = await client.order("buy-market", "dogeusdt", amount="20")
            assert lost.state is OrderState.UNCERTAIN
        async with hbtui.connect(exchange=exchange.rest) as client:
            with pytest.raises(Denied, match="may be live"):
                await client.order("buy-market", "dogeusdt", amount="20")
            exchange.clear_faults()
            assert await client.orders() == ()
            found = await client.cancel(lost.client_order_id)
            assert found is not None
            assert found.state is OrderState.FILLED
        assert len(exchange.orders()) == 1


@pytest.mark.parametrize("amount", ["1e3", "-20", 20.0, "NaN", ""])
async def test_no_float_and_no_odd_number_becomes_an_order(amount: object) -> None:
    """What is not exact or not plain is refused before anything is asked."""
    async with running_exchange(frozen=True) as exchange, hbtui.connect(exchange=exchange.rest) as client:
        with pytest.raises(BadRequest, match="amount"):
            await client.order("buy-market", "dogeusdt", amount=amount)  # type: ignore[arg-type]  # the point of the test
        assert exchange.orders() == []


async def test_a_desk_that_could_not_be_opened_is_opened_at_the_next_call() -> None:
    """A client that had no network when it first needed the account's desk has one as soon as there is one."""
    async with running_exchange(frozen=True) as exchange, opened(exchange.rest) as client:
        exchange.fault("/v1/account/accounts", "error", times=1)
        with pytest.raises(ExchangeError):
            await client.desk()
        assert await client.orders() == ()


async def test_one_desk_is_opened_however_many_ask_for_it_at_once() -> None:
    """Calls that come together share one desk: the account has one holder."""
    async with running_exchange(frozen=True) as exchange, opened(exchange.rest) as client:
        first, second = await asyncio.gather(client.desk(), client.desk())
        assert first is second
        assert len(first._desks) == 1
