"""The checker itself: a sound case breaks nothing, and whatever would break an invariant is found under its number."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from hbtui.model.order import Order, OrderState
from hbtui.trading.views import View
from tests.catalogue.rig import PLACE, SECRET, rig
from tests.support.fault_proxy import Seen
from tests.support.invariants import Evidence, breaches, shown_orders


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What a case without faults leaves behind: one order filled, one cancelled."""
    with rig(tmp_path_factory.mktemp("sound")) as it:
        filled = it.place(it.request(share="1.02"))
        it.until_found(filled, OrderState.FILLED)
        cancelled = it.place()
        it.until_state(cancelled, OrderState.SUBMITTED)
        it.cancel(cancelled)
        it.until_state(cancelled, OrderState.CANCELED)
        it.check()
        return it.evidence()


def changed(evidence: Evidence, key: str, **values: object) -> Evidence:
    """Let the last view show one order otherwise."""
    orders = evidence.views[-1].orders

    def other(order: Order) -> Order:
        return replace(order, **values) if order.key == key else order  # type: ignore[arg-type]  # the test's own values

    view = replace(
        evidence.views[-1],
        orders=replace(orders, history=tuple(map(other, orders.history)), open=tuple(map(other, orders.open))),
    )
    return replace(evidence, views=[*evidence.views, view])


def keys(evidence: Evidence) -> tuple[str, str]:
    """The order that was filled, and the one that was cancelled."""
    shown = shown_orders(evidence.views[-1])
    (filled,) = (key for key, order in shown.items() if order.state is OrderState.FILLED)
    (cancelled,) = (key for key, order in shown.items() if order.state is OrderState.CANCELED)
    return filled, cancelled


def without_rows(view: View) -> View:
    """Show no order at all."""
    return replace(view, orders=replace(view.orders, open=(), history=(), uncertain=()))


def foreign(evidence: Evidence) -> Evidence:
    """Let the signed POSTs have gone to another host."""
    return replace(evidence, requests=[_at_another_host(seen) for seen in evidence.requests])


def _at_another_host(seen: Seen) -> Seen:
    head = b"\r\n".join(
        b"host: evil.example" if line.lower().startswith(b"host:") else line for line in seen.head.split(b"\r\n")
    )
    return Seen(head, seen.body, seen.answered)


def posts(evidence: Evidence) -> list[Seen]:
    """The POSTs of orders."""
    return [seen for seen in evidence.requests if seen.line == f"POST {PLACE}"]


BROKEN: dict[str, Callable[[Evidence], Evidence]] = {
    "J1": lambda one: replace(one, orders=[*one.orders, {**one.orders[0], "id": 1}]),
    "J2": lambda one: replace(one, journal={}),
    "J3": lambda one: changed(one, keys(one)[0], state=OrderState.NOT_PLACED),
    "J4": lambda one: changed(one, keys(one)[0], fees=Decimal("0.0000000000000001")),
    "J5": lambda one: replace(one, views=[*one.views, without_rows(one.views[-1])]),
    "J6": lambda one: changed(one, keys(one)[0], filled_base=Decimal(1)),
    "J7": lambda one: replace(one, requests=[*one.requests, posts(one)[0]]),
    "J8": lambda one: replace(
        one, journal={key: replace(row, body=row.body + b" ") for key, row in one.journal.items()}
    ),
    "J9": lambda one: replace(one, max_order_value=Decimal(1)),
    "J10": lambda one: changed(one, keys(one)[1], state=OrderState.SUBMITTED),
    "J11": lambda one: replace(one, sinks=[("the log", f"…{SECRET}…".encode())]),
    "J12": foreign,
}


def test_a_sound_case_breaks_nothing(sound: Evidence) -> None:
    """Without a fault every invariant holds, and there was something to check."""
    assert breaches(sound) == []
    assert len(sound.orders) == len(sound.confirmed) == len(posts(sound)) == len(sound.journal) == 2
    assert sound.cancelled
    assert any(name.endswith("journal.sqlite") for name, _ in sound.sinks)
    assert any(name.endswith("hbtui.log") for name, _ in sound.sinks)


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_an_invariant_is_found(sound: Evidence, name: str) -> None:
    """Each invariant fails where it is broken."""
    assert name in {breach.split(":")[0] for breach in breaches(BROKEN[name](sound))}


@pytest.mark.parametrize("form", [SECRET[::-1], SECRET.encode().hex(), SECRET[:12]])
def test_a_secret_is_found_in_every_form(sound: Evidence, form: str) -> None:
    """Backwards, in hexadecimal and in pieces a secret is one still."""
    assert breaches(replace(sound, sinks=[("stderr", form.encode())]))


def test_bytes_to_another_host_are_found(sound: Evidence) -> None:
    """Whatever another host receives is one byte too many."""
    assert breaches(replace(sound, strangers=b"G"))[0].startswith("J12")


def test_an_unconfirmed_post_is_found(sound: Evidence) -> None:
    """An order that nobody confirmed is found though all else is right."""
    assert "J7" in breaches(replace(sound, confirmed={}))[0]
