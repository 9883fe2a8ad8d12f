"""One signed request's query, beside ccxt's for the same request."""

import time
import warnings
from collections.abc import Callable

from hbtui.htx.hosts import Hosts
from hbtui.htx.signing import Signer
from hbtui.model.secret import Credentials, Secret
from tests.bench.figures import line

__all__ = ["report"]

_KEY, _SECRET = "0a1b2c3d-aaaa1111-bbbb2222-ccc33", "9f8e7d6c-dddd4444-eeee5555-fff66"  # invented
_PARAMS = {"account-id": "100009", "symbol": "dogeusdt", "side": "buy", "size": "100"}
_TIMES = 2_000


def report() -> list[str]:
    """Time both on the same GET, in turn, five rounds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ccxt

        peer = ccxt.htx({"apiKey": _KEY, "secret": _SECRET})
    signer = Signer(Credentials(Secret(_KEY), Secret(_SECRET)), Hosts.live())
    path = "/v1/order/openOrders"
    now_ms = 1_700_000_000_000
    ours, theirs = [], []
    for _ in range(5):
        ours.append(_micros(lambda: signer.query("GET", path, _PARAMS, now_ms)))
        theirs.append(_micros(lambda: peer.sign("order/openOrders", ["spot", "private"], "GET", dict(_PARAMS))))
    return [line("one signed query", ours, theirs, unit="µs", of="ccxt's sign()", aim="information")]


def _micros(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(_TIMES):
        call()
    return (time.perf_counter() - started) / _TIMES * 1e6
