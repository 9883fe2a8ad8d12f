"""Accounts, balances, fees and what a key may do."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

__all__ = ["SOURCES", "Account", "Balance", "BalanceChange", "FeeRate", "KeyInfo", "Mode"]


class Mode(Enum):
    """What is at stake, fixed for the life of the process."""

    DEMO = "demo"
    PAPER = "paper"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Account:
    """One of the user's accounts. Source: HTX ``/v1/account/accounts``."""

    account_id: int
    type: str
    """``spot``, ``margin``, ``super-margin`` …, an open set."""
    subtype: str
    state: str


SOURCES = MappingProxyType(
    {"spot": "spot-api", "margin": "margin-api", "super-margin": "super-margin-api", "c2c-margin": "c2c-margin-api"}
)
"""What an order from an account of each tradable type names as its ``source`` (HTX docs, Place a New Order)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One currency of one account; total is ``available + frozen``."""

    currency: str
    available: Decimal
    frozen: Decimal

    @property
    def total(self) -> Decimal:
        """All of it, orders included."""
        return self.available + self.frozen


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """A push of ``accounts.update#2``; ``None`` is "not said here"."""

    account_id: int
    currency: str
    total: Decimal | None
    available: Decimal | None
    sequence: int
    """Grows with each change of this currency; an older push must not undo a newer one."""
    ts_ms: int | None


@dataclass(frozen=True, slots=True)
class FeeRate:
    """Fees as ratios (0.002 is 0.2 %), after the account's discounts."""

    symbol: str
    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What the key in use may do. Source: HTX ``/v2/user/api-key``."""

    permissions: frozenset[str]
    """Of ``readOnly``, ``trade``, ``withdraw``."""
    bound_ips: tuple[str, ...]
    valid_days: int
    """Days left; -1 is without end."""
    status: str
