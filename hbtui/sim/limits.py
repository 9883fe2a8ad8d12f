"""Rate limits per endpoint as HTX publishes them, counted in fixed windows."""

from collections.abc import Callable

__all__ = ["RateLimits"]

_WINDOW_MS = 2000
_OTHERS = 100
_LIMITS = (
    ("/v1/order/orders/place", 100),
    ("/v1/order/orders/submitCancelClientOrder", 100),
    ("/v1/order/orders/batchcancel", 50),
    ("/v1/order/orders/batchCancelOpenOrders", 50),
    ("/v1/order/batch-orders", 50),
    ("/v1/order/openOrders", 50),
    ("/v1/order/history", 20),
    ("/v1/order/matchresults", 20),
    ("/v1/order/orders", 50),
    ("/v1/account/accounts", 100),
    ("/v2/reference/transact-fee-rate", 50),
    ("/v2/user", 20),
    ("/market", 1800),
)


class RateLimits:
    """Counts requests per endpoint group; ``spend`` says what is left and until when."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._spent: dict[str, tuple[int, int]] = {}

    def spend(self, path: str) -> tuple[int, int]:
        """Count one request: how many are left (negative: too many), and when the window ends (epoch ms)."""
        if path.endswith("/submitcancel"):
            group, limit = "submitcancel", 100
        else:
            group, limit = next(
                ((prefix, most) for prefix, most in _LIMITS if path.startswith(prefix)), (path, _OTHERS)
            )
        now = self._clock()
        ends, spent = self._spent.get(group, (0, 0))
        if now >= ends:
            ends, spent = now + _WINDOW_MS, 0
        self._spent[group] = (ends, spent + 1)
        if len(self._spent) > 1000:
            self._spent.clear()
        return limit - spent - 1, ends
