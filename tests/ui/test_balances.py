"""The balances: unknown is not zero, frozen money is seen, and the total says what it leaves out."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest
from syrupy.assertion import SnapshotAssertion

from hbtui.model.account import Balance
from hbtui.model.instrument import Instrument
from hbtui.trading.views import BalancesView
from hbtui.ui.widgets.balances import BalancesPane
from tests.support.host import count_drawings, hosted
from tests.support.screens import widget_text
from tests.support.views import balances_view, instrument

DOGE = instrument()


async def shown(view: BalancesView, width: int = 26, height: int = 12, active: Instrument | None = DOGE) -> str:
    """What is seen of an account."""
    pane = BalancesPane()
    async with hosted(pane, size=(width, height)) as stage:
        pane.show(view, active)
        await stage.pilot.pause()
        return widget_text(pane)


def many(count: int) -> BalancesView:
    """An account of many currencies, the last one worth the most."""
    balances = tuple(Balance(f"c{number:02}", Decimal(number + 1), Decimal(0)) for number in range(count))
    values = {each.currency: each.total for each in balances}
    return BalancesView(balances, MappingProxyType(values), sum(values.values(), Decimal(0)))


@pytest.mark.parametrize("width", [22, 26, 32, 46, 80])
async def test_what_is_seen_at_each_width(width: int, snapshot: SnapshotAssertion) -> None:
    """Narrow panes put what is frozen on a line of its own, wide ones beside it."""
    assert await shown(balances_view(), width) == snapshot


async def test_before_the_first_answer_there_is_no_number() -> None:
    """Unknown is said in words; not one digit is shown."""
    text = await shown(BalancesView())
    assert "loading" in text
    assert not any(letter.isdigit() for letter in text)


async def test_the_traded_pair_comes_first_and_is_there_even_at_zero() -> None:
    """Quote and base lead, also when the account has none of them; the others follow by value."""
    text = await shown(many(3), 30)
    names = [line.split()[1] for line in text.splitlines()[2:7]]
    assert names == ["USDT", "DOGE", "C02", "C01", "C00"]
    assert "0.00" in text.splitlines()[2]


async def test_a_value_that_is_not_known_is_a_dash_and_told_in_the_total() -> None:
    """A currency without a price has no value, and the total names it."""
    view = balances_view(unvalued=("btc",), values=MappingProxyType({"usdt": Decimal(1284), "doge": Decimal(1056)}))
    text = await shown(view, 46)
    assert "—" in next(line for line in text.splitlines() if "BTC" in line)
    assert "without BTC" in text
    two = await shown(replace(view, unvalued=("btc", "eth", "htx")), 36)
    assert "without BTC +2" in two


async def test_a_total_that_is_not_known_is_a_dash() -> None:
    """Holdings are known, their worth is not."""
    text = await shown(BalancesView((Balance("foo", Decimal(3), Decimal(0)),)), active=None)
    assert "FOO" in text
    assert "≈ — USDT" in text


async def test_nothing_held_is_shown_as_zero_not_as_unknown() -> None:
    """An empty account is known to be empty."""
    text = await shown(BalancesView((), total=Decimal(0)))
    assert "≈ 0.00 USDT" in text


async def test_stale_balances_say_so() -> None:
    """The word stands beside the total."""
    assert "stale ≈" in await shown(balances_view(is_stale=True), 30)


async def test_amounts_can_be_hidden_from_people_behind() -> None:
    """Hiding turns every amount and value into dots and back; names stay, unknown stays unknown."""
    pane = BalancesPane()
    async with hosted(pane, size=(46, 12)) as stage:
        pane.show(balances_view(), DOGE)
        pane.hidden = True
        await stage.pilot.pause()
        text = widget_text(pane)
        assert "•••" in text
        assert "DOGE" in text
        assert not any(letter.isdigit() for letter in text)
        pane.hidden = False
        await stage.pilot.pause()
        assert "1,204.10" in widget_text(pane)


async def test_a_long_account_scrolls_and_keeps_its_total() -> None:
    """What is below is counted; keys and wheel scroll; the last line is always the total."""
    pane = BalancesPane()
    async with hosted(pane, size=(30, 10)) as stage:
        pane.show(many(20), None)
        await stage.pilot.pause()
        await stage.pilot.pause()
        assert "14 more ↓" in widget_text(pane)
        assert "C19" in widget_text(pane)
        await stage.pilot.press(*["down"] * 30)
        await stage.pilot.pause()
        await stage.pilot.pause()
        text = widget_text(pane)
        assert "C00" in text
        assert "C19" not in text
        assert "more" not in text
        assert "≈ 210.00 USDT" in text
        await stage.pilot.press("up")
        await stage.pilot.pause()
        assert "C06" in widget_text(pane)


async def test_large_holdings_lose_decimals_before_digits() -> None:
    """In a narrow pane a large amount is whole, a larger one compact, never cut."""
    view = BalancesView(
        (Balance("doge", Decimal("12345.678"), Decimal(0)), Balance("shib", Decimal("98765432109.5"), Decimal(0)))
    )
    text = await shown(view, 24)
    assert " 12,345 " in text or " 12.3K " in text
    assert "98.8B" in text


async def test_the_same_balances_cost_nothing() -> None:
    """Only other objects make it draw."""
    pane = BalancesPane()
    view = balances_view()
    async with hosted(pane, size=(30, 10)) as stage:
        pane.show(view, DOGE)
        await stage.pilot.pause()
        drawings = count_drawings(pane)
        pane.show(view, DOGE)
        await stage.pilot.pause()
        assert drawings() == 0
        filled = (Balance("doge", Decimal(13_000), Decimal(0)),)
        pane.show(replace(view, balances=filled), DOGE)
        await stage.pilot.pause()
        assert drawings() == 1
        assert "13,000" in widget_text(pane)
