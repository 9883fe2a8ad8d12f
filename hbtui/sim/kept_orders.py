"""Every order that the venue still knows, under its own id and under its user's."""

from hbtui.sim.orders import Order

__all__ = ["KeptOrders"]


class KeptOrders:
    """Bounded: an exchange that runs for months forgets what was finished first."""

    def __init__(self, most: int) -> None:
        self.by_id: dict[int, Order] = {}
        self._most = most
        self._by_client_id: dict[str, Order] = {}

    def find(self, client_order_id: str) -> Order | None:
        """The latest order with this client id (HTX docs: duplicates are accepted, the latest is acted on)."""
        return self._by_client_id.get(client_order_id)

    def open(self) -> list[Order]:
        """Everything that is not final, newest first."""
        return [order for order in reversed(self.by_id.values()) if not order.is_final]

    def add(self, order: Order) -> None:
        """Keep a new order; where there are too many, the oldest finished one is forgotten."""
        self._forget_oldest()
        self.by_id[order.id] = order
        if order.request.client_order_id:
            self._by_client_id[order.request.client_order_id] = order

    def _forget_oldest(self) -> None:
        if len(self.by_id) < self._most:
            return
        oldest = next((order for order in self.by_id.values() if order.is_final), None)
        if oldest is not None:
            del self.by_id[oldest.id]
            if self._by_client_id.get(oldest.request.client_order_id) is oldest:
                del self._by_client_id[oldest.request.client_order_id]
