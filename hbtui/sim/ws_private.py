"""The account socket ``/ws/v2``: plain JSON, signed with v2.1, orders before accounts before clearing."""

from collections.abc import Callable

from starlette.websockets import WebSocket

from hbtui.sim.auth import check_private_socket
from hbtui.sim.codes import Refused
from hbtui.sim.faults import Faults
from hbtui.sim.links import Link
from hbtui.sim.private_events import account_update
from hbtui.sim.spoiled_events import EventLane
from hbtui.sim.symbols import PAIRS
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject, decode, encode

__all__ = ["PrivateSession"]

_ACCOUNT_MODES = {"accounts.update": 0, "accounts.update#0": 0, "accounts.update#1": 1, "accounts.update#2": 2}


class PrivateSession:
    """One client of ``/ws/v2``."""

    def __init__(self, venue: Venue, faults: Faults, socket: WebSocket, cut: Callable[[], None]) -> None:
        self._venue = venue
        self._faults = faults
        self._channels: dict[str, None] = {}
        self._unanswered = 0
        self._authenticated = False
        self._lane = EventLane(faults, venue.now, self._told)
        self.link = Link(socket, "private", venue.options.queue_frames, cut)

    @property
    def channels(self) -> list[str]:
        """The channels that it listens to."""
        return list(self._channels)

    async def run(self) -> None:
        """Serve the client until it goes."""
        self._venue.listeners.append(self._lane.take)
        try:
            await self.link.run(self._receive, self._ping, self._venue.options.private_ping_s)
        finally:
            self._venue.listeners.remove(self._lane.take)

    def keep_time(self) -> None:
        """Send what a fault has held back, once it is due."""
        self._lane.keep_time()

    def states(self) -> list[bytes | str]:
        """What could be repeated here: nothing, this socket tells only what happens."""
        return []

    def _ping(self) -> bool:
        if self._faults.strike("private", "no-pings"):
            return True
        if self._unanswered >= 2:
            return False
        self._unanswered += 1
        self._send({"action": "ping", "data": {"ts": self._venue.now()}})
        return True

    def _receive(self, text: str) -> None:
        try:
            message = decode(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self._send({"action": "notice", "code": 2001, "message": "invalid.json"})
            return
        action, channel = str(message.get("action")), str(message.get("ch"))
        if action == "pong":
            if not self._faults.strike("private", "ignore-pongs"):
                self._unanswered = 0
        elif action == "ping":
            self._send({"action": "pong", "data": message.get("data")})
        elif action == "req" and channel == "auth":
            self._authenticate(message)
        elif action in {"sub", "unsub"}:
            self._subscribe(action, channel)
        else:
            self._send({"action": action, "code": 2001, "ch": channel, "message": "invalid.action"})

    def _authenticate(self, message: JsonObject) -> None:
        params = message.get("params")
        host = self.link.socket.headers.get("host", "")
        answer: JsonObject = {"action": "req", "code": 200, "ch": "auth", "data": {}}
        fault = self._faults.strike("auth", "refuse", "hang")
        if fault is not None and fault.action == "hang":
            return
        try:
            if fault is not None:
                raise Refused("auth", "refused on demand")
            check_private_socket(self._venue.options, host, "/ws/v2", params if isinstance(params, dict) else {})
            self._authenticated = True
        except Refused:
            answer = {"action": "req", "code": 2002, "ch": "auth", "message": "auth.fail"}
        self._send(answer)

    def _subscribe(self, action: str, channel: str) -> None:
        failure = self._failure(channel)
        if failure is not None:
            code, reason = failure
            self._send({"action": action, "code": code, "ch": channel, "message": reason})
            return
        if action == "sub":
            self._channels[channel] = None
        else:
            self._channels.pop(channel, None)
        echo = self._faults.strike("private", "echo")
        named = f"{channel.partition('#')[0]}#{echo.body}" if echo else channel
        self._send({"action": action, "code": 200, "ch": named, "data": {}})
        if action == "sub" and channel in _ACCOUNT_MODES:
            self._push_balances(channel)

    def _push_balances(self, channel: str) -> None:
        for account in self._venue.accounts:
            for currency in account.ledger.currencies:
                balance = account.ledger.balance(currency)
                if balance.total or balance.sequence:
                    self._push_account(channel, account_update(currency, balance, account.id, None, None))

    def _failure(self, channel: str) -> tuple[int, str] | None:
        if not self._authenticated:
            return 2002, "invalid.auth.state"
        name, _, rest = channel.partition("#")
        if channel in _ACCOUNT_MODES:
            return None
        symbol, _, mode = rest.partition("#")
        if name not in {"orders", "trade.clearing"} or (name == "trade.clearing" and mode not in {"", "0", "1"}):
            return 2001, "invalid.ch"
        if symbol != "*" and symbol not in PAIRS:
            return 2001, "invalid.symbol"
        return None

    def _told(self, topic: str, scope: str, data: JsonObject) -> None:
        for channel in list(self._channels):
            self._push(channel, topic, scope, data)

    def _push(self, channel: str, topic: str, scope: str, data: JsonObject) -> None:
        name, _, rest = channel.partition("#")
        if topic == "accounts":
            if channel in _ACCOUNT_MODES:
                self._push_account(channel, data)
            return
        symbol, _, mode = rest.partition("#")
        if symbol not in {"*", scope}:
            return
        cancellation = data["eventType"] == "cancellation"
        if (topic, name) == ("orders", "orders") or (
            (topic, name) == ("clearing", "trade.clearing") and (mode == "1" or not cancellation)
        ):
            self._send({"action": "push", "ch": channel, "data": data})

    def _push_account(self, channel: str, data: JsonObject) -> None:
        """Mode 0 shows the total when it changed, mode 1 both in messages of their own, mode 2 both together."""
        mode = _ACCOUNT_MODES[channel]
        if mode == 2:
            self._send({"action": "push", "ch": channel, "data": data})
            return
        total = {name: value for name, value in data.items() if name != "available"}
        available = {name: value for name, value in data.items() if name != "balance"}
        if data["changeType"] in {None, "order.match"}:
            self._send({"action": "push", "ch": channel, "data": total})
        if mode == 1:
            self._send({"action": "push", "ch": channel, "data": available})

    def _send(self, message: JsonObject) -> None:
        self.link.send(encode(message).decode())
