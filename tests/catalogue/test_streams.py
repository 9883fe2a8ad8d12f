"""Rows W1–W13 and W15: streams that refuse, fall silent, repeat, mix up, flood or lie."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.model.account import Mode
from hbtui.model.events import Link, LinkState
from hbtui.model.order import OrderState, OrderType, Side
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.views import Denied, LinkView, View
from tests.catalogue.rig import ORDER, PLACE, SYMBOL, Rig, rig, stranger

PRIVATE = "GET /ws/v2"
MARKET = "GET /ws"
FEED = "GET /feed"


def link(it: Rig, name: Link = Link.ACCOUNT) -> LinkState:
    """How a link is shown."""
    return shown_link(it.view, name).state


def shown_link(view: View, name: Link = Link.ACCOUNT) -> LinkView:
    """A link as a view has it, from the first one on."""
    return view.links.get(name, LinkView(name))


def until_link(it: Rig, state: LinkState, name: Link = Link.ACCOUNT, within_s: float = 90) -> None:
    """Let time pass until a link is shown so."""
    it.until_passing(lambda _: link(it, name) is state, within_s, step_s=1, what=f"{name} being {state}")


def lives(it: Rig) -> list[str]:
    """Trade three lives: one order fills in two parts, one is cancelled after a part, one is cancelled whole."""
    keys = []
    for amount in ("1000", "1100", "1200"):
        keys.append(it.place(it.request(amount=amount)))
        it.until(lambda _: it.order(keys[-1]).order_id, what="the answer")
    filled, partly, whole = keys
    it.cancel(whole)
    it.until_passing(lambda _: (it.truth(whole) or {})["state"] == "canceled", 30, step_s=1)
    it.fill(filled, "400")
    it.fill(partly, "300")
    it.fill(filled, "600")
    it.cancel(partly)
    it.until_passing(lambda _: (it.truth(partly) or {})["state"] == "partial-canceled", 30, step_s=1)
    return [filled, partly, whole]


def ended(it: Rig, keys: list[str], within_s: float) -> None:
    """Wait for the three ends of :func:`lives`."""
    ends = [OrderState.FILLED, OrderState.PARTIALLY_CANCELED, OrderState.CANCELED]
    it.until_passing(lambda _: [it.state(key) for key in keys] == ends, within_s, step_s=1, what="the three ends")


def test_w01_stream_refused_again_and_again(tmp_path: Path) -> None:
    """A stream that cannot be had is shown so at once, tried ever more slowly, and its orders are polled."""
    with rig(tmp_path) as it:
        toxic = it.proxy.add("limit", PRIVATE)
        before = len(it.proxy.requests(PRIVATE))
        it.proxy.cut(PRIVATE)
        it.until_passing(lambda view: view.blocked and view.orders.is_stale, 1.0, step_s=0.1)
        key = it.plant()
        it.until_passing(lambda _: it.state(key) is OrderState.SUBMITTED, 36, step_s=1)
        it.pass_time(30, step_s=1)
        attempts = len(it.proxy.requests(PRIVATE)) - before
        assert 3 <= attempts <= 16
        with pytest.raises(Denied):
            it.engine.place(it.request(), it.confirmation())
        waits = {shown_link(view).retry_at_ms for view in it.views.copy()} - {None}
        assert len(waits) >= 3
        it.proxy.remove(toxic)
        until_link(it, LinkState.LIVE)


def test_w01_stream_that_closes_after_a_moment(tmp_path: Path) -> None:
    """A stream that opens and breaks off is tried ever more slowly, not in a loop."""
    with rig(tmp_path) as it:
        cut = it.exchange.fault("private", "cut", times=None)
        it.until_passing(lambda view: shown_link(view).attempt >= 4, 120, step_s=0.2)
        assert cut.struck <= 8
        it.exchange.clear_faults()
        until_link(it, LinkState.LIVE)


def test_w02_pings_stop(tmp_path: Path) -> None:
    """A stream without pings is made anew within 45 s."""
    with rig(tmp_path) as it:
        before = len(it.proxy.requests(PRIVATE))
        it.exchange.fault("private", "no-pings", times=None)
        began_s = it.clock.monotonic_s()
        it.until_passing(lambda _: len(it.proxy.requests(PRIVATE)) > before, 45, step_s=1)
        assert it.clock.monotonic_s() - began_s > 15
        it.exchange.clear_faults()
        until_link(it, LinkState.LIVE)


def test_w02_pongs_ignored(tmp_path: Path) -> None:
    """A stream that the exchange ends because it counts no pong is made anew."""
    with rig(tmp_path, private_ping_s=0.05) as it:
        before = len(it.proxy.requests(PRIVATE))
        it.exchange.fault("private", "ignore-pongs", times=6)
        it.until(lambda _: len(it.proxy.requests(PRIVATE)) > before, what="another connection")
        until_link(it, LinkState.LIVE)


def test_w03_half_open(tmp_path: Path) -> None:
    """A stream that says nothing any more, and is not closed, is noticed by its age within 30 s."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        holes = [it.proxy.add("black-hole", PRIVATE, "up"), it.proxy.add("black-hole", PRIVATE, "down")]
        it.deaf.add("private")
        it.exchange.print_trade(SYMBOL, f"{it.confirmed[key].price:f}", "100000")
        it.pass_time(28.5, step_s=1)
        it.until(lambda view: view.blocked and view.orders.is_stale, 1.5, what="the age being noticed")
        with pytest.raises(Denied):
            it.engine.place(it.request(amount="1500"), it.confirmation())
        it.proxy.remove(*holes)
        it.deaf.clear()
        it.until_found(key, OrderState.FILLED)
        until_link(it, LinkState.LIVE)


def test_w04_every_event_three_times(tmp_path: Path) -> None:
    """Events that come three times end in the same state."""
    with rig(tmp_path) as it:
        for topic in ("orders", "accounts", "clearing"):
            it.exchange.fault(topic, "duplicate", times=None, copies=3)
        ended(it, lives(it), 30)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_w05_events_shuffled(tmp_path: Path, seed: int) -> None:
    """Events that come up to five seconds late, each by itself, end in the same state."""
    with rig(tmp_path) as it:
        for number, topic in enumerate(("orders", "accounts", "clearing")):
            it.exchange.fault(topic, "shuffle", times=None, seconds=5, seed=10 * seed + number)
        ended(it, lives(it), 30)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_w06_events_lost(tmp_path: Path, seed: int) -> None:
    """With three of ten events lost, reading finds what is missing."""
    with rig(tmp_path) as it:
        for number, topic in enumerate(("orders", "clearing")):
            it.exchange.fault(topic, "withhold", times=None, probability=0.3, seed=10 * seed + number)
        ended(it, lives(it), 90)


def test_w07_fill_before_creation_and_cancel_before_fill(tmp_path: Path) -> None:
    """A fill told before its order's creation, and a cancel told before a fill, end in the same state."""
    with rig(tmp_path) as it:
        it.exchange.fault("orders:creation", "late", times=None, seconds=20)
        it.exchange.fault("orders:trade", "late", times=None, seconds=3)
        it.exchange.fault("clearing:trade", "late", times=None, seconds=6)
        ended(it, lives(it), 40)
        it.pass_time(24, step_s=2)


def test_w08_orders_of_others(tmp_path: Path) -> None:
    """An order from elsewhere is shown as external, and can be cancelled; so is one with an id like hbtui's own."""
    with rig(tmp_path) as it:
        web = it.plant("web-1")
        look_alike = new_client_order_id(Mode.DEMO, it.clock.now_ms())
        it.plant(look_alike)
        it.until_state(web, OrderState.SUBMITTED)
        it.until_state(look_alike, OrderState.SUBMITTED)
        assert it.order(web).is_external
        it.cancel(web)
        it.until_state(web, OrderState.CANCELED)
        assert it.posts() == []


def test_w08_orders_of_a_pair_that_is_spelt_oddly(tmp_path: Path) -> None:
    """It is shown as external under a harmless name, nothing can be placed there, and cancel-all reaches it."""
    with rig(tmp_path) as it:
        for where in ("/v1/order/openOrders", "/v1/order/history", ORDER, "orders", "clearing"):
            it.exchange.fault(
                where, "edit", times=None, where={"symbol": "trxusdt"}, fields={"symbol": "trx\x1b[2Jusdt"}
            )
        odd = it.exchange.place(symbol="trxusdt", type="buy-limit", amount="100", price="0.1")
        it.planted.add(odd)
        it.until_found(odd)
        assert (it.order(odd).symbol, it.order(odd).is_external) == ("trx·[2Jusdt", True)
        with pytest.raises(Denied):
            it.engine.place(replace(it.request(), symbol=it.order(odd).symbol))
        it.engine.cancel_all()
        it.until_passing(lambda _: it.has_told("Cancel all", "none is open now"), 60, step_s=1)
        it.until_found(odd, OrderState.CANCELED)
        assert {order["state"] for order in it.exchange.orders()} == {"canceled"}


def test_w09_signing_in_refused(tmp_path: Path) -> None:
    """A refused sign-in leaves everything to be read, nothing to be sent, and says why."""
    with rig(tmp_path, is_started=False) as it:
        it.exchange.fault("auth", "refuse", times=None)
        it.start(is_ready=False)
        it.until(lambda _: link(it) is LinkState.REFUSED, what="the refusal")
        it.until(lambda view: view.quote and view.balances.balances and view.instruments, what="everything being read")
        it.until(lambda view: shown_link(view).reason in view.blocked, what="the reason")
        with pytest.raises(Denied):
            it.engine.place(it.request(), it.confirmation())


def test_w09_signing_in_never_answered(tmp_path: Path) -> None:
    """A sign-in without an answer is given up and tried again; until then nothing is sent."""
    with rig(tmp_path, is_started=False) as it:
        silence = it.exchange.fault("auth", "hang", times=2)
        it.start(is_ready=False)
        it.until(lambda view: view.quote and view.instruments, what="the market being read")
        it.until_passing(lambda _: silence.struck == 2, 60, step_s=1)
        assert it.view.blocked
        with pytest.raises(Denied):
            it.engine.place(it.request(), it.confirmation())
        until_link(it, LinkState.LIVE)


def test_w10_pushes_of_another_symbol(tmp_path: Path) -> None:
    """Frames under the name of a symbol that was not asked for are dropped and counted; nothing of them is shown."""
    with rig(tmp_path) as it:
        assert it.view.quote is not None
        last = it.exchange.last_price(SYMBOL)
        mark = it.view.quote.last
        lies = it.exchange.fault("push", "mislabel", times=None, body="ethusdt")
        it.exchange.print_trade(SYMBOL, f"{last * Decimal('1.01'):.6f}", "10", "buy")
        it.until(lambda view: shown_link(view, Link.MARKET).dropped >= 2, what="the frames being counted")
        assert lies.struck >= 2
        assert {view.quote.symbol for view in it.views.copy() if view.quote} == {SYMBOL}
        assert it.view.quote.last == mark
        it.exchange.clear_faults()
        it.exchange.print_trade(SYMBOL, f"{last * Decimal('1.02'):.6f}", "10", "buy")
        it.until(lambda view: view.quote and view.quote.last != mark, what="the stream going on")


@pytest.mark.parametrize("frame", ["bomb", "huge-frame", "flood"])
def test_w11_floods_and_bombs(tmp_path: Path, frame: str) -> None:
    """A gzip bomb, a frame of 64 MB and as many frames as can be sent leave the order stream as it is."""
    with rig(tmp_path, queue_frames=100_000) as it:
        copies = {"copies": 1500} if frame == "flood" else {"megabytes": 64}
        flood = it.exchange.fault("ws", frame, times=2, **copies)
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.exchange.print_trade(SYMBOL, f"{it.confirmed[key].price:f}", "100000")
        it.until_state(key, OrderState.FILLED)
        it.until(lambda _: flood.struck == 2, what="the flood")
        states = {shown_link(view).state for view in it.views[-500:]}
        assert states <= {LinkState.CONNECTING, LinkState.SYNCING, LinkState.LIVE, LinkState.OFF}
        until_link(it, LinkState.LIVE, Link.MARKET)


@pytest.mark.parametrize("damage", ["corrupt", "truncate", "wrong-kind"])
@pytest.mark.parametrize("kind", ["ws", "feed", "private"])
def test_w12_damaged_frames(tmp_path: Path, kind: str, damage: str) -> None:
    """Damaged gzip, cut text and the wrong kind of frame are dropped; after five the stream is begun anew."""
    head = {"ws": MARKET, "feed": FEED, "private": PRIVATE}[kind]
    name = {"ws": Link.MARKET, "feed": Link.BOOK, "private": Link.ACCOUNT}[kind]
    with rig(tmp_path) as it:
        before = len(it.proxy.requests(head))
        strikes = it.exchange.fault(kind, damage, times=5)
        key = it.place()
        it.until_passing(lambda _: strikes.struck == 5, 60, step_s=1, what="the damage")
        it.until(lambda view: shown_link(view, name).dropped >= 5, what="the frames being counted")
        it.until_passing(lambda _: len(it.proxy.requests(head)) > before, 60, step_s=1, what="another connection")
        until_link(it, LinkState.LIVE, name)
        it.until_found(key)
        assert not it.has_told("Something went wrong")


def test_w13_gap_in_the_book(tmp_path: Path) -> None:
    """A book with a gap is stale and the gate says so, until it is whole again."""
    with rig(tmp_path) as it:
        last = it.exchange.last_price(SYMBOL)
        hold = it.proxy.add("hold", FEED)
        it.deaf.add("feed")
        gap = it.exchange.fault("mbp", "skip", times=1)
        for number in range(1, 4):
            it.exchange.print_trade(SYMBOL, f"{last * (1 + Decimal(number) / 1000):.6f}", "10", "buy")
            it.until_passing(lambda _: gap.struck, 5, step_s=0.2)
            it.pass_time(0.4, step_s=0.2)
        it.until(lambda view: view.book.is_stale, what="the book being stale")
        asked = it.request(kind=OrderType.MARKET, side=Side.SELL, amount="100")
        with pytest.raises(Denied) as denied:
            it.engine.place(asked, it.confirmation())
        assert "STALE_BOOK" in {finding.code for finding in denied.value.findings}
        it.proxy.remove(hold)
        it.deaf.clear()
        it.until_passing(lambda view: not view.book.is_stale, 10, step_s=0.5, what="the book being whole")
        it.until_ready()
        it.until_state(it.place(replace(asked, amount=Decimal(101))), OrderState.FILLED)


@pytest.mark.parametrize("kind", ["private", "ws"])
def test_w15_redirect_of_the_handshake(tmp_path: Path, kind: str) -> None:
    """A redirected handshake is not followed: the other host sees nothing, and the stream comes back by itself."""
    with rig(tmp_path) as it, stranger() as other:
        it.stranger = other
        name = Link.ACCOUNT if kind == "private" else Link.MARKET
        strikes = it.exchange.fault(kind, "redirect", times=2, status=302, location=other.address.replace("http", "ws"))
        it.exchange.close_sockets(kind)
        it.until_passing(lambda _: strikes.struck == 2, 30, step_s=0.5)
        it.until(
            lambda _: any("redirect" in shown_link(view, name).reason for view in it.views.copy()), what="the reason"
        )
        until_link(it, LinkState.LIVE, name)
        assert (other.received, other.connections) == (b"", 0)
        it.until_ready()
        it.until_state(it.place(), OrderState.SUBMITTED)
        assert len(it.proxy.requests(f"POST {PLACE}")) == 1
