"""Rows R1 and R4–R12, R15: what may become of the one POST of an order, and what is said of it."""

import json
import random
from pathlib import Path

import pytest

from hbtui.model.order import OrderState
from tests.catalogue.rig import LEASE_S, PLACE, UNCERTAIN_TOO, Rig, rig

_HTML = "<html><body><h1>Bad gateway</h1></body></html>"
_SOCKETS = "Upgrade: websocket"


def proven_absent(it: Rig, key: str, within_s: float = LEASE_S + 240) -> None:
    """Wait for the proof that an order was never placed; the exchange has none."""
    it.until_passing(lambda _: it.state(key) is OrderState.NOT_PLACED, within_s, what=f"{key} being proven absent")
    assert it.truth(key) is None


def test_r01_connection_refused(tmp_path: Path) -> None:
    """An order that met a refused connection did not leave this computer, and can be pressed again."""
    with rig(tmp_path) as it:
        with it.proxy.down(spare=_SOCKETS):
            key = it.place()
            it.until_state(key, OrderState.NOT_SENT)
        assert "refused" in it.order(key).cause
        it.until(lambda _: it.has_told("not sent"), what="the words")
        assert it.posts() == []
        again = it.place(it.confirmed[key])
        it.until_state(again, OrderState.SUBMITTED)
        assert it.truth(key) is None


def test_r04_accepted_and_closed_before_it_was_read(tmp_path: Path) -> None:
    """An order that the exchange never read is uncertain until its lease has ended, and then proven not placed."""
    with rig(tmp_path) as it:
        it.proxy.add("limit", PLACE)
        began_s = it.clock.monotonic_s()
        key = it.place()
        it.until_state(key, OrderState.UNCERTAIN)
        proven_absent(it, key)
        assert it.clock.monotonic_s() - began_s > LEASE_S


def test_r05_order_accepted_and_answer_lost(tmp_path: Path) -> None:
    """An order whose answer is lost is uncertain, and found within three seconds."""
    with rig(tmp_path) as it:
        it.exchange.fault("orders", "withhold", times=None)
        it.exchange.fault(PLACE, "drop-answer")
        key = it.place()
        it.until_passing(lambda _: it.state(key) is OrderState.SUBMITTED, 3.0, step_s=0.1)
        assert it.was_unknown(key)


@pytest.mark.parametrize("late_s", [10, 150, 290])
def test_r06_order_arrives_late(tmp_path: Path, late_s: int) -> None:
    """An order that reaches the exchange within its lease stays uncertain until then, and is never called absent."""
    with rig(tmp_path) as it:
        on_its_way = it.proxy.add("late", PLACE)
        key = it.place()
        it.until_state(key, OrderState.UNCERTAIN)
        it.pass_time(late_s)
        assert it.state(key) is OrderState.UNCERTAIN
        it.proxy.release(on_its_way)
        it.until_found(key)
        assert OrderState.NOT_PLACED not in it.states(key)


def test_r07_order_arrives_after_its_signature_expired(tmp_path: Path) -> None:
    """An order that arrives after 300 s is refused by the exchange, and proven not placed."""
    with rig(tmp_path) as it:
        on_its_way = it.proxy.add("late", PLACE)
        key = it.place()
        it.until_state(key, OrderState.UNCERTAIN)
        it.pass_time(302)
        it.proxy.release(on_its_way)
        it.until(lambda _: on_its_way.answers, what="the late request's answer")
        assert b"api-signature-not-valid" in on_its_way.answers[0]
        assert it.state(key) is OrderState.UNCERTAIN
        proven_absent(it, key)


def _longer(data: bytes) -> bytes:
    return data.replace(b"content-length: ", b"content-length: 9")


def _shorter(data: bytes) -> bytes:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [b"content-length: 12" if line.startswith(b"content-length") else line for line in head.split(b"\r\n")]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.mark.parametrize("how", ["reset in the head", "half a body", "too long a length", "too short a length"])
def test_r08_answer_broken_on_the_way(tmp_path: Path, how: str) -> None:
    """A reset in the answer's head, half a body or a wrong length leave the order uncertain, and it is found."""
    with rig(tmp_path) as it:
        it.exchange.fault("orders", "withhold", times=None)
        if how == "reset in the head":
            it.proxy.add("reset", PLACE, "down", size=20)
        elif how == "half a body":
            it.exchange.fault(PLACE, "half-answer")
        else:
            it.proxy.add("corrupt", PLACE, "down", change=_longer if how == "too long a length" else _shorter)
            # a body that is announced longer than it is ends with the connection
            it.proxy.add("limit", PLACE, "down", size=150)
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        assert it.was_unknown(key)


def test_r09_answers_that_say_nothing(tmp_path: Path) -> None:
    """A page, nothing, a list, no object or no id with HTTP 200 leave the order uncertain, and it is found."""
    said_bodies = (_HTML, "", "[]", "null", '{"status":"ok","data":null}', '{"status":"ok","data":"x1"}')
    with rig(tmp_path) as it:
        it.exchange.fault("orders", "withhold", times=None)
        for body in said_bodies:
            it.exchange.fault(PLACE, "answer-after", body=body)
            key = it.place(it.request())
            it.until_state(key, OrderState.SUBMITTED)
            assert it.was_unknown(key), body


def test_r10_refusal_by_a_listed_code(tmp_path: Path) -> None:
    """Each code that proves a refusal is shown as refused, in cleaned words."""
    codes = (
        "order-value-min-error",
        "order-limitorder-amount-min-error",
        "account-frozen-balance-insufficient-error",
        "base-symbol-trade-disabled",
        "validation-constraints-error",
        "api-signature-not-valid",
    )
    with rig(tmp_path) as it:
        for code in codes:
            it.exchange.fault(PLACE, "error", code=code, message="\x1b]0;owned\x07[red]no\u202e way[/red]")
            key = it.place(it.request())
            it.until_state(key, OrderState.REFUSED)
            assert it.order(key).cause
            assert not set(it.order(key).cause) & {"\x1b", "\x07", "\u202e"}
            assert it.truth(key) is None


def test_r11_error_that_proves_nothing_while_the_order_stands(tmp_path: Path) -> None:
    """An order behind ``timeout`` and its kind is uncertain, and found."""
    with rig(tmp_path) as it:
        it.exchange.fault("orders", "withhold", times=None)
        for code in ("timeout", "gateway-internal-error", "base-system-error", "order-update-error"):
            it.exchange.fault(PLACE, "error-after", code=code)
            key = it.place(it.request())
            it.until_state(key, OrderState.SUBMITTED)
            assert it.was_unknown(key), code


def test_r12_unknown_error_codes(tmp_path: Path) -> None:
    """A code that nobody knows proves nothing: the order is uncertain until absence is proven."""
    seeded = random.Random(12)
    letters = "abcdefghijklmnopqrstuvwxyz-0123456789_. é"
    codes = ["".join(seeded.choices(letters, k=seeded.randint(1, 60))) for _ in range(3)]
    with rig(tmp_path) as it:
        keys = []
        for code in ["", "order-value-min-erro", "xorder-value-min-error", *codes]:
            it.exchange.fault(PLACE, "error", code=code)
            keys.append(it.place(it.request(), *UNCERTAIN_TOO))
            it.until_state(keys[-1], OrderState.UNCERTAIN)
        for key in keys:
            proven_absent(it, key)
            assert it.states(key)[-2:] == [OrderState.UNCERTAIN, OrderState.NOT_PLACED]


def test_r15_server_errors_with_and_without_an_order(tmp_path: Path) -> None:
    """After 500, 502, 503 and 504 an order is uncertain whether it stands or not; each ends in the truth."""
    with rig(tmp_path) as it:
        there: list[str] = []
        absent: list[str] = []
        listed = json.dumps({"status": "error", "err-code": "order-value-min-error", "err-msg": "no"})
        for status in (500, 502, 503, 504):
            for action, keys in (("answer-after", there), ("answer", absent)):
                it.exchange.fault("orders", "withhold", times=1)
                it.exchange.fault(PLACE, action, status=status, body=listed if status == 500 else _HTML)
                keys.append(it.place(it.request(), *UNCERTAIN_TOO))
        for key in there:
            it.until_found(key)
            assert not {OrderState.REFUSED, OrderState.NOT_SENT} & set(it.states(key))
        for key in absent:
            proven_absent(it, key)
