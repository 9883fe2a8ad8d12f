"""The desk that commands use, on the embedded exchange: by which facts an order is judged, and when it is too late."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest

from hbtui.config import places
from hbtui.local.own_desk import MOST_CANCELS, OwnDesk
from hbtui.local.ports import Planned
from hbtui.model.account import Mode
from hbtui.model.order import Confirmation, OrderRequest, OrderState, OrderType, Side
from hbtui.runtime import Session, open_session
from hbtui.sim.keys import SPOT_ACCOUNT
from hbtui.target import Target
from hbtui.trading.desk import Desk
from hbtui.trading.guard import Guard
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.views import Caps, Denied
from tests.support.exchange import RunningExchange, running_exchange


@dataclass
class Rig:
    """An own desk and what a test may do to it."""

    exchange: RunningExchange
    session: Session
    guard: Guard
    desk: OwnDesk
    shared: SharedDesk
    blocked: str = ""
    is_closing: bool = False

    def meant(self, ago_ms: int = 0, **facts: object) -> Confirmation:
        """An act of a moment ago."""
        at_ms = self.session.clock.now_ms() - ago_ms
        return Confirmation(at_ms=at_ms, by="command", **facts)  # type: ignore[arg-type]  # a wrong name raises


def market(amount: str = "20", symbol: str = "dogeusdt", side: Side = Side.BUY) -> OrderRequest:
    """A market order."""
    return OrderRequest(
        account_id=SPOT_ACCOUNT, symbol=symbol, side=side, type=OrderType.MARKET, amount=Decimal(amount)
    )


@asynccontextmanager
async def rig(caps: Caps | None = None, **options: object) -> AsyncIterator[Rig]:
    """Open a session with a desk of its own on a market that stands still."""
    async with running_exchange(frozen=True, **options) as exchange:
        async with open_session(Target(Mode.DEMO, places(), exchange_url=exchange.rest), "command") as session:
            await session.open_journal(SPOT_ACCOUNT)
            guard = Guard(caps)
            desk = Desk(exchange=session.exchange, journal=session.journal, clock=session.clock, mode=Mode.DEMO)
            shared = SharedDesk(
                desk=desk,
                guard=guard,
                account_id=SPOT_ACCOUNT,
                blocked=lambda: made.blocked,
                follow=lambda _: None,
            )
            made = Rig(exchange, session, guard, session.own_desk(shared), shared)
            yield made
            await desk.close()


def codes(denied: pytest.ExceptionInfo[Denied]) -> set[str]:
    """What the order was denied for."""
    return {finding.code for finding in denied.value.findings}


async def test_what_is_displayed_is_the_price_that_the_order_would_meet() -> None:
    """The best ask of a buy, the best bid of a sale; a price that moved a hundredth since is not sent."""
    async with rig() as one:
        bid, ask = one.exchange.best("dogeusdt")
        bought, sold = await one.desk.judge([market(), market("100", side=Side.SELL)])
        assert (bought.reference, sold.reference) == (ask, bid)
        with pytest.raises(Denied) as denied:
            await one.desk.place([Planned("a", market())], one.meant(reference=ask * Decimal("0.98")))
        assert codes(denied) == {"PRICE_MOVED"}
        assert one.exchange.orders() == []


async def test_a_market_order_is_judged_by_the_depth_of_the_book() -> None:
    """One that would walk far into the book is an objection with a phrase; the phrase's code passes it."""
    async with rig(caps=Caps(), balances={"usdt": Decimal(5_000_000)}) as one:
        (judged,) = await one.desk.judge([market("2000000")])
        (against,) = [finding for finding in judged.findings if finding.phrase]
        assert "SLIPPAGE" in against.code or "BOOK" in against.code
        with pytest.raises(Denied):
            await one.desk.place([Planned("a", market("2000000"))], one.meant())
        assert one.exchange.orders() == []


async def test_an_act_of_long_ago_is_not_sent_and_slow_facts_do_not_make_it_old() -> None:
    """Meant four seconds ago is too late; meant now is not, though the exchange takes four to tell the balance."""
    async with rig() as one:
        with pytest.raises(Denied) as denied:
            await one.desk.place([Planned("a", market())], one.meant(ago_ms=4_000))
        assert codes(denied) == {"LATE"}
        one.exchange.fault("/v1/account/accounts/{id}/balance", "delay", seconds=3.2)
        (order,) = await one.desk.place([Planned("b", market())], one.meant())
        assert order.state is OrderState.FILLED


async def test_why_the_owner_cannot_send_is_why_nobody_can() -> None:
    """What stands in the screen's way stands in a command's way, and so does its halt."""
    async with rig() as one:
        one.blocked = "the account's stream is away"
        with pytest.raises(Denied, match="stream is away"):
            await one.desk.place([Planned("a", market())], one.meant())
        one.blocked = ""
        one.guard.halt()
        with pytest.raises(Denied) as denied:
            await one.desk.place([Planned("a", market())], one.meant())
        assert codes(denied) == {"HALTED"}
        one.guard.resume()
        assert len(await one.desk.place([Planned("a", market())], one.meant())) == 1


async def test_a_contradiction_stands_in_the_way_until_it_is_signed_off() -> None:
    """What a person settled on the screen keeps no command's order of the pair back."""
    async with rig() as one:
        (order,) = await one.desk.place([Planned("a", market())], one.meant())
        desk = one.shared.desk
        desk.learned(desk.tracker.contradict(order.key, "two truths were told"))
        with pytest.raises(Denied) as denied:
            await one.desk.place([Planned("b", market("21"))], one.meant())
        assert codes(denied) == {"CONFLICT"}
        await desk.sign_off(order.key)
        assert len(await one.desk.place([Planned("c", market("22"))], one.meant())) == 1


async def test_the_orders_of_a_request_count_for_each_other() -> None:
    """Three orders below each cap, and above it together: none is sent; what was refused counts for nothing."""
    async with rig(caps=Caps(session_value=Decimal(50))) as one:
        together = [Planned(f"a{number}", market(str(20 + number))) for number in range(3)]
        with pytest.raises(Denied) as denied:
            await one.desk.place(together, one.meant())
        assert codes(denied) == {"MAX_SESSION_VALUE"}
        assert one.guard.sent(one.session.clock.now_ms()) == ()
        assert len(await one.desk.place(together[:2], one.meant())) == 2
        assert len(one.guard.sent(one.session.clock.now_ms())) == 2


async def test_an_order_elsewhere_in_the_open_counts_at_the_price_of_its_pair() -> None:
    """What an earlier command left open in another pair is valued by that pair's price, and held against the cap."""
    async with rig(caps=Caps(open_value=Decimal(60))) as one:
        price = (one.exchange.last_price("dogeusdt") * Decimal("0.98")).quantize(Decimal("0.00001"))
        limit = OrderRequest(
            account_id=SPOT_ACCOUNT,
            symbol="dogeusdt",
            side=Side.BUY,
            type=OrderType.LIMIT,
            amount=(Decimal(45) / price).quantize(Decimal(1)),  # with 20 more it is above the cap, at any price
            price=price,
        )
        (order,) = await one.desk.place([Planned("given-id", limit)], one.meant())
        assert order.is_open
        with pytest.raises(Denied) as denied:
            await one.desk.place([Planned("b", market(symbol="btcusdt"))], one.meant())
        assert codes(denied) == {"MAX_OPEN_VALUE"}


@pytest.mark.parametrize("count", [0, 11])
async def test_no_more_than_the_exchange_takes_at_once(count: int) -> None:
    """None and eleven orders, and fifty-one cancels, are refused as they are; one id twice is too."""
    async with rig() as one:
        many = [Planned(f"a{number}", market(str(20 + number))) for number in range(count)]
        with pytest.raises(Denied, match="one to 10"):
            await one.desk.place(many, one.meant())
        with pytest.raises(Denied, match="at most 50"):
            await one.desk.cancel([str(number) for number in range(MOST_CANCELS + 1)])
        with pytest.raises(Denied, match="same client order id"):
            await one.desk.place([Planned("a", market()), Planned("a", market("21"))], one.meant())


async def test_only_what_was_sent_here_is_handed_over() -> None:
    """An id that was refused because another order bears it is not told as this one's order."""
    async with rig() as one:
        assert one.desk.handed_over("a") is None
        await one.desk.place([Planned("a", market())], one.meant())
        assert one.desk.handed_over("a") is not None
        with pytest.raises(Denied, match="used before"):
            await one.desk.place([Planned("a", market("21"))], one.meant())
        assert len(one.exchange.orders()) == 1


async def test_judging_again_and_again_does_not_use_up_the_exchanges_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is measured by the first look, and again only once one of the own clocks says that it is old."""
    async with rig() as one:
        measured, measure = [], one.session.exchange.server_time_ms

        async def counted() -> int:
            measured.append(one.session.clock.now_ms())
            return await measure()

        monkeypatch.setattr(one.session.exchange, "server_time_ms", counted)
        for _ in range(12):
            await one.desk.judge([market()])
        assert len(measured) == 1
        now_ms = one.session.clock.now_ms()
        monkeypatch.setattr(one.session.clock, "now_ms", lambda: now_ms + 1_800_000)  # it woke up from a long sleep
        await one.desk.judge([market()])
        assert len(measured) == 2


async def test_an_id_that_an_open_order_of_long_ago_bears_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange no longer finds it by that id, though the order stands in its list: nothing is sent."""
    async with rig() as one:

        async def not_found(_: str) -> None:
            """Find nothing, as HTX does eight hours after an order was made."""

        monkeypatch.setattr(one.session.exchange, "order_by_client_id", not_found)
        one.exchange.place(type="buy-limit", symbol="dogeusdt", amount="500", price="0.04", client_order_id="grid-1")
        with pytest.raises(Denied) as denied:
            await one.desk.place([Planned("grid-1", market())], one.meant())
        assert codes(denied) == {"CLIENT_ORDER_ID"}
        assert len(one.exchange.orders()) == 1
