"""How an embedded exchange is set up."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hbtui.sim.keys import ACCESS_KEY, SECRET_KEY

__all__ = ["CROSS_OPENING", "MARGIN_OPENING", "OPENING", "Options"]

OPENING: Mapping[str, Decimal] = {
    "usdt": Decimal(10_000),
    "btc": Decimal("0.25"),
    "eth": Decimal(2),
    "doge": Decimal(5000),
    "htx": Decimal(1_000_000),
    "xrp": Decimal(800),
    "sol": Decimal(6),
    "trx": Decimal(2500),
}
"""What the demo account begins with."""

MARGIN_OPENING: Mapping[str, Mapping[str, Decimal]] = {
    "btcusdt": {"usdt": Decimal(1000), "btc": Decimal("0.02")},
    "dogeusdt": {"usdt": Decimal(500), "doge": Decimal(3000)},
}
"""What the demo's isolated margin accounts begin with, by pair."""

CROSS_OPENING: Mapping[str, Decimal] = {"usdt": Decimal(2000), "btc": Decimal("0.01"), "doge": Decimal(1000)}
"""What the demo's cross margin account begins with."""


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything that can be chosen; the defaults are the demo.

    ``clock`` answers UTC milliseconds. ``frozen`` ends the synthetic market at the moment of the start: nothing moves
    then but what users and ``/_control`` do. ``refused_ip`` refuses every signed call as one from that
    address, which the key does not know. ``balances`` are the spot account's; ``margin_balances`` opens an isolated
    margin account for each of its pairs (of ``keys.MARGIN_ACCOUNTS``), ``cross_balances`` the cross margin account,
    and ``c2c_balances`` the one of loans between users (``None``: there is none).
    """

    port: int = 0
    seed: int = 1
    ledger_file: str | None = None
    control: bool = False
    frozen: bool = False
    clock: Callable[[], int] = _wall_clock_ms
    balances: Mapping[str, Decimal] = field(default_factory=lambda: dict(OPENING))
    margin_balances: Mapping[str, Mapping[str, Decimal]] = field(default_factory=lambda: dict(MARGIN_OPENING))
    cross_balances: Mapping[str, Decimal] | None = field(default_factory=lambda: dict(CROSS_OPENING))
    c2c_balances: Mapping[str, Decimal] | None = None
    access_key: str = ACCESS_KEY
    secret_key: str = field(default=SECRET_KEY, repr=False)
    permission: str = "readOnly,trade"
    ip_addresses: str = "127.0.0.1"
    valid_days: int = -1
    key_expired: bool = False
    refused_ip: str | None = None
    timestamp_window_s: int = 300
    market_status: int = 1
    rate_limits: bool = True
    unique_client_ids: bool = False
    fee_rate: Decimal = Decimal("0.002")
    market_ping_s: float = 5.0
    private_ping_s: float = 20.0
    queue_frames: int = 2000
    kept_orders: int = 50_000
