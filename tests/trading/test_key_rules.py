"""Which keys are welcome where there is money."""

import pytest

from hbtui.model.account import KeyInfo
from hbtui.trading.key_rules import refusal_of, warning_of


def key(*permissions: str, ips: tuple[str, ...] = ("203.0.113.9",), days: int = -1) -> KeyInfo:
    """Describe a key."""
    return KeyInfo(frozenset(permissions), ips, days, "normal")


def test_only_a_key_that_can_withdraw_is_refused() -> None:
    """Reading and trading are welcome in any mixture; withdrawing never is, and the sentence says what to make."""
    assert refusal_of(key("readOnly")) == ""
    assert refusal_of(key("readOnly", "trade")) == ""
    assert "reading and trading only" in refusal_of(key("readOnly", "trade", "withdraw"))


@pytest.mark.parametrize(
    ("days", "said"), [(90, "It ends in 90 days."), (1, "It ends in 1 day."), (0, "It ends in 0 days."), (-1, "")]
)
def test_a_key_without_an_address_is_warned_of_with_its_days(days: int, said: str) -> None:
    """The days are said where HTX told them, and never invented."""
    warning = warning_of(key("trade", ips=(), days=days))
    assert "bound to no IP address" in warning
    assert said in warning
    assert ("ends" in warning) is (days >= 0)


def test_a_bound_key_is_no_matter() -> None:
    """A key with an address is not spoken of."""
    assert warning_of(key("trade", days=12)) == ""
