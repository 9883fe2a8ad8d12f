"""HTX's rate limits, kept before HTX has to say so. Source: HTX docs, "Rate Limiting" and each endpoint's limit.

Each group has a bucket of its own, so a cancel never waits behind a read or an order. The limits hold whatever
the server's headers say: a hostile answer can slow this client down, never make it flood.
"""

from dataclasses import dataclass
from enum import Enum

from hbtui.htx.clock import Clock

__all__ = ["Group", "RateLimits"]


class Group(Enum):
    """Endpoints that share a limit."""

    PLACE = "place"
    BATCH = "batch"
    CANCEL = "cancel"
    ORDERS = "orders"
    HISTORY = "history"
    ACCOUNT = "account"
    REFERENCE = "reference"
    MARKET = "market"

    @property
    def calls(self) -> int:
        """How many calls may be made in every span of :attr:`seconds`; a tenth below what HTX grants."""
        return _GRANTS[self][0]

    @property
    def seconds(self) -> float:
        """The span."""
        return _GRANTS[self][1]


_GRANTS = {
    Group.PLACE: (90, 2.0),
    Group.BATCH: (18, 2.0),  # 50 are printed, others saw 20
    Group.CANCEL: (90, 2.0),
    Group.ORDERS: (45, 2.0),
    Group.HISTORY: (18, 2.0),
    Group.ACCOUNT: (45, 2.0),  # balances are granted 100, fees and the key's own data 50 and 20
    Group.REFERENCE: (90, 2.0),
    Group.MARKET: (2700, 300.0),  # the lowest of the market group, trade history
}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at_s: float
    closed_until_s: float = 0.0


_LONGEST_PAUSE_S = 30.0
_SHORTEST_WAIT_S = 0.001  # what is left of a token may be less than a clock can tell


class RateLimits:
    """One token bucket for each group, on a clock that never steps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        now = clock.monotonic_s()
        # half a span's calls at once: a full bucket plus its refill would be twice the grant within one span
        self._buckets = {group: _Bucket(group.calls / 2, now) for group in Group}

    def wait_s(self, group: Group, calls: int = 1) -> float:
        """How long one call of this group, counted as several, would have to wait now, in seconds."""
        bucket, now = self._refilled(group)
        rate = group.calls / 2 / group.seconds
        return max(bucket.closed_until_s - now, (calls - bucket.tokens) / rate, 0.0)

    async def take(self, group: Group, calls: int = 1) -> None:
        """Return when a call may be made that HTX counts as ``calls``; more than a full bucket is a ``ValueError``."""
        if calls > group.calls / 2:
            message = "a call that counts for more than the bucket holds would wait for ever"
            raise ValueError(message)
        while (wait := self.wait_s(group, calls)) > 0:
            await self._clock.sleep(max(wait, _SHORTEST_WAIT_S))
        self._buckets[group].tokens -= calls

    def pause(self, group: Group, seconds: float | None) -> None:
        """Close a group after HTX said "too many"; without its own word for one second, and never for long."""
        bucket = self._buckets[group]
        span = min(max(seconds if seconds is not None else 1.0, 0.1), _LONGEST_PAUSE_S)
        bucket.closed_until_s = max(bucket.closed_until_s, self._clock.monotonic_s() + span)

    def _refilled(self, group: Group) -> tuple[_Bucket, float]:
        bucket, now = self._buckets[group], self._clock.monotonic_s()
        size = group.calls / 2
        bucket.tokens = min(size, bucket.tokens + (now - bucket.filled_at_s) * size / group.seconds)
        bucket.filled_at_s = now
        return bucket, now
