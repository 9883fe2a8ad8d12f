"""An opened exchange for tests, with keys that must never be seen again."""

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.order import Intent, OrderRequest, OrderType, Side
from hbtui.model.secret import Credentials, Secret

__all__ = ["ACCESS", "SECRET", "intent", "opened", "shown", "spilled"]

ACCESS = "cnry7a51-b2c3d4e5-f6a7b8c9-accs1"
SECRET = "cnry9z8y-7x6w5v4u-3t2s1r0q-scrt2"


@asynccontextmanager
async def opened(address: str, **options: Any) -> AsyncIterator[HtxExchange]:
    """The client of a server on this computer, with the canary keys."""
    keys = Credentials(Secret(ACCESS), Secret(SECRET))
    async with HtxExchange.open(Hosts.loopback(address), keys, **options) as exchange:
        yield exchange


def intent(exchange: HtxExchange, client_order_id: str = "hb1T0TEST", **changes: Any) -> Intent:
    """An intent to buy, as the desk would journal it."""
    fields: dict[str, Any] = {
        "account_id": 1,
        "symbol": "btcusdt",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "amount": Decimal("0.01"),
        "price": Decimal(100),
    }
    request = OrderRequest(**(fields | changes))
    return Intent(
        client_order_id=client_order_id,
        request=request,
        body=exchange.body_of(client_order_id, request),
        created_ms=0,
        host=exchange.host,
        mode="demo",
    )


def shown(error: BaseException) -> str:
    """Everything that could be printed of an error: text, repr, causes, contexts, attributes."""
    texts = [repr(error), str(error), *traceback.format_exception(error)]
    seen: BaseException | None = error
    while seen is not None:
        texts += [repr(seen), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts)


def spilled(text: str) -> list[str]:
    """What of the keys, or of a signed query, stands in a text."""
    parts = [ACCESS, SECRET, "cnry7a51", "cnry9z8y", "accs1", "scrt2", "Signature=", "AccessKeyId", "Timestamp="]
    return [part for part in parts if part.lower() in text.lower()]
