"""Everything that can go wrong in a schedule, by name, with what is drawn for it."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

__all__ = ["ANSWERS", "CANCELS", "CRASH_POINTS", "NEEDS_A_START", "PLACE", "TROUBLES", "every_name"]

PLACE = "/v1/order/orders/place"
_REFUSALS = (
    "order-value-min-error",
    "order-limitorder-price-max-error",
    "account-frozen-balance-insufficient-error",
    "base-symbol-trade-disabled",
    "invalid-parameter",
)
_ODD_CODES = ("order-update-error", "something-new", "base-operation-forbidden-for-now", "")
_BODIES = {
    "HTML": ("<html><body>Bad gateway</body></html>", "text/html"),
    "an empty body": ("", "application/json"),
    "garbage": ('{"status":"ok","data":', "application/json"),
    "no id": ('{"status":"ok","data":null}', "application/json"),
}
_BROKEN = ("nan", "duplicate-keys", "lone-surrogate", "long-integer")
_LOOK_UPS = ("/v1/order/orders/getClientOrder", "/v1/order/openOrders", "/v1/order/history", "/v1/order/matchresults")
_ORDER = "/v1/order/orders/{id}"
_CANCEL = f"{_ORDER}/submitcancel"

Draw = Callable[[Random], Mapping[str, Any]]


def _rule(action: str, **fields: Any) -> Draw:
    """A rule of ``hbtui.sim.faults`` with fixed fields, or with fields that are drawn by calling them."""
    return lambda random: {
        "rule": {
            "action": action,
            **{name: value(random) if callable(value) else value for name, value in fields.items()},
        }
    }


def _span(least: float, most: float) -> Callable[[Random], float]:
    return lambda random: round(random.uniform(least, most), 3)


def _times(most: int) -> Callable[[Random], int]:
    return lambda random: random.randint(1, most)


def _of(*values: Any) -> Callable[[Random], Any]:
    return lambda random: random.choice(values)


def _both(name: str, action: str, **fields: Any) -> dict[str, Draw]:
    """The same answer, with the order accepted behind it and without."""
    return {
        f"{name}, not accepted": _rule(action, **fields),
        f"{name}, accepted": _rule(f"{action}-after", **fields),
    }


ANSWERS: dict[str, Draw] = {
    "connection refused": lambda random: {"seconds": _span(0.2, 5)(random)},
    "cut before processing": _rule("drop"),
    "cut after processing": _rule("drop-answer"),
    "half an answer": _rule("half-answer"),
    "no answer": _rule("hang"),
    "answer late": _rule("delay", seconds=_span(1, 40)),
    "arrival held": _rule("hold", seconds=lambda random: _of(_span(10, 60), _span(60, 301))(random)(random)),
    "refused": _rule("error", code=_of(*_REFUSALS)),
    **_both("timeout", "error", code="timeout"),
    **_both("gateway-internal-error", "error", code="gateway-internal-error"),
    **_both("base-system-error", "error", code="base-system-error"),
    **_both("unknown code", "error", code=_of(*_ODD_CODES)),
    **_both("HTTP 429", "answer", status=429),
    **_both("HTTP 5xx", "answer", status=_of(500, 502, 503, 504)),
    **_both("redirect", "redirect", status=_of(301, 302, 303, 307, 308), location="http://127.0.0.1:9"),
    "a broken document, accepted": _rule(
        "bad-json", body=_of("nan", "duplicate-keys", "lone-surrogate", "long-integer")
    ),
    "a byte at a time, accepted": _rule("trickle", seconds=1.0),
    **{
        told: draw
        for name, (body, kind) in _BODIES.items()
        for told, draw in _both(name, "answer", body=body, content_type=kind).items()
    },
}
"""What may become of the one POST of an order; each is armed as the order is confirmed."""

CANCELS: dict[str, Draw] = {
    "order reads fail": _rule("error", match=_ORDER, times=_times(6)),
    "cancels fail": _rule("error", match=_CANCEL, code=_of("timeout", "gateway-internal-error"), times=_times(4)),
    "cancels cut": _rule("drop", match=_CANCEL, times=_times(4)),
    "cancels unanswered": _rule("drop-answer", match=_CANCEL, times=_times(3)),
    "cancels lost": _rule("cancel-lost", match=_CANCEL, times=_times(2)),
    "cancels too late": _rule("cancel-fills", match=_CANCEL, times=1),
}
"""What may become of a cancel; each is armed as the cancel is pressed."""

TROUBLES: dict[str, Draw] = {
    "look-ups deaf": _rule("error", match=_LOOK_UPS[0], code="base-record-invalid", times=_times(20)),
    "look-ups fail": _rule("error", match=_of(*_LOOK_UPS), times=_times(12)),
    "look-ups cut": _rule("drop", match=_of(*_LOOK_UPS), times=_times(6)),
    "look-ups late": _rule("delay", match=_of(*_LOOK_UPS), times=_times(3), seconds=_span(1, 20)),
    "balances fail": _rule("answer", match="/v1/account/accounts", status=503, times=_times(4)),
    "stream cut": lambda random: {"times": random.randint(1, 3)},
    "stream refused": _rule("refuse", match="private", times=_times(4)),
    "sign-in refused": _rule("refuse", match="auth", times=1),
    "sign-in unanswered": _rule("hang", match="auth", times=1),
    "stream silent": _rule("silence", match="private"),
    "pings stop": _rule("no-pings", match="private", times=_times(6)),
    "orders withheld": _rule("withhold", match="orders", times=_times(4)),
    "trades withheld": _rule("withhold", match="clearing", times=_times(3)),
    "balances withheld": _rule("withhold", match="accounts", times=_times(4)),
    "orders told twice": _rule("duplicate", match="orders", times=_times(6)),
    "trades told twice": _rule("duplicate", match="clearing", times=_times(6)),
    "orders late": _rule("late", match="orders", times=_times(4), seconds=_span(0.5, 20)),
    "orders shuffled": _rule("shuffle", match="orders", times=_times(8), seconds=_span(0.5, 5), seed=_times(1000)),
    "trades shuffled": _rule("shuffle", match="clearing", times=_times(8), seconds=_span(0.5, 5), seed=_times(1000)),
    "orders swapped": _rule("swap", match="orders", times=_times(4), seconds=_span(0.5, 5)),
    "network down": lambda random: {"seconds": _span(1, 60)(random)},
    "maintenance": lambda random: {"status": random.choice((2, 3)), "seconds": _span(5, 60)(random)},
    "clock stepped": lambda random: {"seconds": random.choice((-90, 90))},
}
"""What may happen at any moment."""

NEEDS_A_START = frozenset({"stream refused", "sign-in refused", "sign-in unanswered"})
"""Troubles of a stream's beginning: the stream is cut as they are put in force."""

CRASH_POINTS = ("before the intent", "after the intent", "as it arrives", "before the outcome")


def every_name() -> tuple[str, ...]:
    """The names of all that is counted."""
    crashes = ("crash", *(f"crash {point}" for point in CRASH_POINTS))
    return (*ANSWERS, *CANCELS, *TROUBLES, *crashes, "place", "trade", "cancel", "cancel all", "halt")
