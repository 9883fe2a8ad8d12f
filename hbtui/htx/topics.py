"""What can be watched, and what HTX calls it (HTX docs, "Websocket Market Data")."""

from hbtui.htx.reading import is_symbol
from hbtui.model.events import Topic, TopicKind

__all__ = ["channel_of", "is_on_feed"]

_CHANNELS = {
    TopicKind.BOOK: "mbp.150",
    TopicKind.DEPTH: "depth.step0",
    TopicKind.TRADES: "trade.detail",
    TopicKind.QUOTE: "detail",
}


def is_on_feed(topic: Topic) -> bool:
    """Whether the topic is served on ``/feed`` instead of ``/ws``."""
    return topic.kind is TopicKind.BOOK


def channel_of(topic: Topic) -> str | None:
    """HTX's name for the topic; ``None`` for what HTX does not serve (bars of a second, a name that is no symbol)."""
    if topic.kind is TopicKind.QUOTES:
        return "market.tickers"
    if not is_symbol(topic.symbol):
        return None
    if topic.kind is TopicKind.CANDLES:
        period = topic.period
        return None if period is None or not period.is_from_venue else f"market.{topic.symbol}.kline.{period.value}"
    return f"market.{topic.symbol}.{_CHANNELS[topic.kind]}"
