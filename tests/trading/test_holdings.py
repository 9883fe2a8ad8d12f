"""The balances of several accounts."""

import pytest

from hbtui.model.account import Balance, BalanceChange
from hbtui.model.errors import AuthenticationError, ExchangeError, NetworkError, RateLimited, VenueError
from hbtui.trading.holdings import Holdings
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import ACCOUNT_ID, balances

MARGIN_ID = 8


def holdings() -> tuple[Holdings, ScriptedExchange]:
    """A spot and a margin account, both with money."""
    exchange = ScriptedExchange()
    exchange.held = balances()
    exchange.held_elsewhere = {MARGIN_ID: balances(usdt="5")}
    made = Holdings(exchange)
    made.use([ACCOUNT_ID, MARGIN_ID])
    return made, exchange


def push(account_id: int, available: int = 1, sequence: int = 1) -> BalanceChange:
    """A push that leaves so many USDT."""
    usdt = balances(usdt=str(available))[1]
    return BalanceChange(account_id, "usdt", usdt.total, usdt.available, sequence, None)


def usdt(found: tuple[Balance, ...] | None) -> int | None:
    """How many USDT there are."""
    return None if found is None else int(next(one.available for one in found if one.currency == "usdt"))


async def test_each_account_has_its_own_money() -> None:
    """Nothing is known before it was read; then each account is known by itself, the spot account apart."""
    made, _ = holdings()
    assert (made.account_ids, made.spot, dict(made.others)) == ((ACCOUNT_ID, MARGIN_ID), None, {})
    await made.read()
    assert (usdt(made.spot), usdt(made.others[MARGIN_ID]), set(made.others)) == (1000, 5, {MARGIN_ID})
    assert Holdings(ScriptedExchange()).spot is None


async def test_a_push_moves_the_account_that_it_names() -> None:
    """A push reaches its own account alone; an older one, or one of a foreign account, changes nothing."""
    made, _ = holdings()
    await made.read()
    assert made.apply(push(MARGIN_ID, 3))
    assert (usdt(made.spot), usdt(made.others[MARGIN_ID])) == (1000, 3)
    assert not made.apply(push(MARGIN_ID, 2))
    assert not made.apply(push(9))
    made.forget_sequences()
    assert made.apply(push(MARGIN_ID, 2))


async def test_a_refused_margin_account_does_not_stop_the_spot_account() -> None:
    """What asking again cannot mend is kept as a reason, and is gone once the account can be read."""
    made, exchange = holdings()
    exchange.failing[f"balances {MARGIN_ID}"] = VenueError("account-get-balance", "Not open.")
    await made.read()
    assert (usdt(made.spot), dict(made.others), made.refusals) == (1000, {}, {MARGIN_ID: "Not open."})
    exchange.failing.clear()
    await made.read()
    assert (usdt(made.others[MARGIN_ID]), made.refusals) == (5, {})


@pytest.mark.parametrize(
    ("account_id", "error"),
    [
        (ACCOUNT_ID, AuthenticationError("api-signature-not-valid", "The key has expired.")),
        (ACCOUNT_ID, NetworkError("No answer.")),
        (MARGIN_ID, NetworkError("No answer.")),
        (MARGIN_ID, RateLimited("429", "Slow down.")),
    ],
)
async def test_what_passes_is_asked_again_and_the_spot_account_must_be_read(
    account_id: int, error: ExchangeError
) -> None:
    """A lost answer of any account, and any error of the spot account, is the caller's to ask again."""
    made, exchange = holdings()
    exchange.failing[f"balances {account_id}"] = error
    with pytest.raises(type(error)):
        await made.read()
    assert made.refusals == {}
