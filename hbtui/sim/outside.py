"""What happens to the venue from elsewhere: orders of other programs of the same user, and trades of strangers."""

from collections.abc import Mapping
from decimal import Decimal

from hbtui.model.numbers import plain
from hbtui.sim.exact import quotient_down, times, units
from hbtui.sim.keys import SPOT_ACCOUNT
from hbtui.sim.orders import Order
from hbtui.sim.venue import Venue

__all__ = ["open_many", "place"]

_FAR = Decimal("0.5")
_MOST = 5000


def place(venue: Venue, body: Mapping[str, object]) -> Order:
    """Place an order as from the web or the app: no signature, no rate limit; the account is spot where none is named.

    Raises ``Refused``. A client order id that exists already is taken again, as HTX takes it.
    """
    return venue.place({"account-id": str(SPOT_ACCOUNT), **body})


def open_many(venue: Venue, symbol: str, count: int) -> list[Order]:
    """Open many small buy orders at half of the last price, where nothing fills them; raises ``Refused``."""
    if not 0 < count <= _MOST:
        message = f"1 to {_MOST} orders can be opened at once"
        raise ValueError(message)
    market = venue.market(symbol)
    pair = market.pair
    price = quotient_down(times(market.tape.last(venue.now()).price, _FAR), Decimal(1), pair.price_places)
    least = quotient_down(pair.min_value, price, pair.amount_places) + units(1, pair.amount_places)
    amount = max(least, pair.min_amount)
    body = {"symbol": symbol, "type": "buy-limit", "amount": plain(amount), "price": plain(price)}
    return [place(venue, body) for _ in range(count)]
