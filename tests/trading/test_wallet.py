"""Balances: a snapshot, the pushes around it, and what they are worth."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.account import Balance, BalanceChange
from hbtui.trading.valuation import valued
from hbtui.trading.wallet import Wallet
from tests.support.trading_values import ACCOUNT_ID, balances


def push(
    currency: str = "usdt", total: str | None = "900", available: str | None = "800", sequence: int = 1
) -> BalanceChange:
    """Make a push of ``accounts.update#2``."""
    return BalanceChange(
        account_id=ACCOUNT_ID,
        currency=currency,
        total=None if total is None else Decimal(total),
        available=None if available is None else Decimal(available),
        sequence=sequence,
        ts_ms=None,
    )


def of(wallet: Wallet, currency: str) -> tuple[Decimal, Decimal]:
    """Available and frozen of one currency."""
    assert wallet.balances is not None
    found = next(one for one in wallet.balances if one.currency == currency)
    return found.available, found.frozen


def loaded() -> Wallet:
    """Make a wallet after its snapshot."""
    wallet = Wallet()
    wallet.begin_snapshot()
    wallet.end_snapshot(balances())
    return wallet


def test_nothing_is_known_before_the_snapshot() -> None:
    """Pushes alone make no balance: the currencies they leave out are unknown, not zero."""
    wallet = Wallet()
    wallet.apply(push())
    assert wallet.balances is None


def test_pushes_change_what_they_name() -> None:
    """Frozen is what is not available; a push of the total alone leaves frozen as it was."""
    wallet = loaded()
    assert wallet.apply(push())
    assert of(wallet, "usdt") == (Decimal(800), Decimal(100))
    wallet.apply(push(total="950", available=None, sequence=2))
    assert of(wallet, "usdt") == (Decimal(850), Decimal(100))
    wallet.apply(push(total=None, available="900", sequence=3))
    assert of(wallet, "usdt") == (Decimal(900), Decimal(50))
    wallet.apply(push("btc", "1", "1"))
    assert of(wallet, "btc") == (Decimal(1), Decimal(0))
    assert of(wallet, "doge") == (Decimal(500), Decimal(0))


def test_an_older_push_undoes_nothing() -> None:
    """A push with a smaller number is late news; after a new connection numbers may begin again."""
    wallet = loaded()
    wallet.apply(push(sequence=5))
    assert not wallet.apply(push(total="1", available="1", sequence=4))
    assert of(wallet, "usdt") == (Decimal(800), Decimal(100))
    wallet.forget_sequences()
    assert wallet.apply(push(total="1", available="1", sequence=1))


def test_a_push_during_the_snapshot_stands_over_it() -> None:
    """What was pushed while the snapshot was on its way is newer than it, or is pushed again."""
    wallet = loaded()
    wallet.begin_snapshot()
    wallet.apply(push())
    wallet.end_snapshot(balances(usdt="1000"))
    assert of(wallet, "usdt") == (Decimal(800), Decimal(100))


@given(
    st.permutations(
        [push(total=str(1000 - number), available=str(900 - number), sequence=number) for number in range(6)]
    )
)
def test_pushes_in_any_order_end_in_the_newest(pushes: list[BalanceChange]) -> None:
    """However pushes arrive, the one with the greatest number stands."""
    wallet = loaded()
    for one in pushes:
        wallet.apply(one)
    assert of(wallet, "usdt") == (Decimal(895), Decimal(100))


PRICES = {
    "dogeusdt": Decimal("0.1"),
    "btcusdt": Decimal(60_000),
    "ethbtc": Decimal("0.05"),
    "ethusdt": None,
}


def test_values_go_over_one_bridge_at_most() -> None:
    """A currency is valued by its USDT pair, else through BTC or another bridge; what has no price is named."""
    held = (*balances(), Balance("eth", Decimal(2), Decimal(0)), Balance("obscure", Decimal(7), Decimal(0)))
    shown = valued(held, PRICES.get, is_stale=False)
    assert dict(shown.values) == {"doge": Decimal(50), "usdt": Decimal(1000), "eth": Decimal(6000)}
    assert (shown.total, shown.unvalued) == (Decimal(7050), ("obscure",))


def test_the_unknown_is_not_zero() -> None:
    """Unknown balances have no total; an account without anything is worth 0; and prices that lack give no total."""
    assert valued(None, PRICES.get, is_stale=True).total is None
    assert valued((), PRICES.get, is_stale=False).total == 0
    nothing_known = valued((Balance("obscure", Decimal(7), Decimal(0)),), PRICES.get, is_stale=False)
    assert (nothing_known.total, nothing_known.unvalued) == (None, ("obscure",))


def test_empty_currencies_are_left_out_and_read_as_zero() -> None:
    """A currency with nothing in it is not listed; asked for, a known account says 0 and an unknown one nothing."""
    held = (*balances(), Balance("eth", Decimal(0), Decimal("0E-18")))
    shown = valued(held, PRICES.get, is_stale=False)
    assert shown.balances == balances()
    assert shown.of("eth") == Balance("eth", Decimal(0), Decimal(0))
    assert valued(None, PRICES.get, is_stale=False).of("eth") is None
