"""Lives through a schedule: a program that may die, an exchange that does not, and fate between them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from hbtui.htx.exchange import HtxExchange
from hbtui.model.order import Confirmation, OrderRequest, Side
from hbtui.sim.faults import Fault
from hbtui.sim.orders import Order as VenueOrder
from hbtui.trading.views import Denied
from tests.explorer.catalogue import NEEDS_A_START, PLACE
from tests.explorer.clocks import LoopClock
from tests.explorer.program import Disk, Program
from tests.explorer.schedule import Act, Schedule
from tests.explorer.still_market import SYMBOL, StillMarket
from tests.explorer.venue import LiveVenue
from tests.explorer.virtual_loop import VirtualLoop
from tests.explorer.watch import Watch
from tests.support.invariants import shown_orders

__all__ = ["Cancel", "World"]

_PATIENCE_S = 90.0
"""How long a person waits until an order can be sent."""
_LIVELY_S = 12.0
_OVERRIDES = frozenset({"UNCERTAIN_PENDING", "DUPLICATE", "PRICE_COLLAR", "MAX_ORDER_VALUE", "RATE", "STALE_BOOK"})


@dataclass(frozen=True)
class Cancel:
    """A cancel as it was pressed."""

    at_s: float
    life: int
    key: str


@dataclass
class World:
    """One schedule as it is lived; what is needed to judge it is left in the fields."""

    schedule: Schedule
    live: LiveVenue
    disk: Disk
    loop: VirtualLoop
    clock: LoopClock
    exchange_class: type[HtxExchange] = StillMarket
    confirmed: dict[str, OrderRequest] = field(default_factory=dict)
    cancels: list[Cancel] = field(default_factory=list)
    halts: list[tuple[float, float]] = field(default_factory=list)
    """From when to when new orders were stopped, in the loop's seconds."""
    denied: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watch = Watch(lambda: self.now_s)
        self.quiet_from_s = 0.0
        """From when on nothing goes wrong any more, as far as is known now."""
        self._began_s = self.loop.time()
        self._random = Random(self.schedule.seed)
        self._rules: list[tuple[str, Fault]] = []
        self._keys: dict[int, str] = {}
        self.is_alive = True
        self._points = {
            (act.name.removeprefix("crash "), act.args["number"]): act
            for act in self.schedule.acts
            if act.name.startswith("crash ")
        }
        self._deaths: list[asyncio.Future[None]] = []
        self.live.on_post = self._on_post
        self._deeds: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "place": self._place,
            "trade": self._trade,
            "cancel": self._cancel,
            "cancel all": self._cancel_all,
            "halt": self._halt,
            "crash": self._crash,
            "stream cut": self._cut_stream,
            "network down": self._network_down,
            "maintenance": self._maintenance,
            "clock stepped": self._step_clock,
        }
        self.program = self._started()

    @property
    def now_s(self) -> float:
        """Seconds since the schedule began."""
        return self.loop.time() - self._began_s

    async def live_through(self) -> None:
        """Do every act at its time, and come back when every fault is over and the program runs."""
        await self._until(lambda: not self.program.view.blocked, _PATIENCE_S)
        self._began_s = self.loop.time()
        self._stay_lively()
        self.watch.history.clear()
        deeds = [asyncio.ensure_future(self._done(act)) for act in self.schedule.acts]
        await asyncio.gather(*deeds)
        while self.now_s < self.quiet_from_s or not self.is_alive:
            await asyncio.gather(*self._deaths)
            await self._sleep(max(0.01, min(1.0, self.quiet_from_s - self.now_s)))
        self.live.heal()
        self.loop.is_down = False
        self._note("every fault is over")

    async def rest(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, at most so much, until something is so."""
        await self._until(until, seconds, pause_s=5.0)

    def tally(self) -> Counter[str]:
        """How often each thing that was drawn has struck."""
        return self.struck + Counter(name for name, rule in self._rules if rule.struck)

    def _started(self) -> Program:
        self.watch.begin()
        program = Program(self.live.url, self.disk, self.clock, random=self._random, saw=self.watch.saw)
        program.exchange_class = self.exchange_class
        program.dies_at = self._at_point
        program.start()
        return program

    async def _done(self, act: Act) -> None:
        if act.name.startswith("crash "):
            return
        await self._sleep(act.at_s)
        self._stay_lively()
        self._note(str(act))
        if (deed := self._deeds.get(act.name)) is None:
            self._arm(act.name, act.args["rule"])
            if act.name in NEEDS_A_START:
                self.live.cut_streams()
        elif (doing := deed(act.args)) is not None:
            await doing
        self._lasts(0.0)

    def _arm(self, name: str, rule: Mapping[str, Any], match: str = PLACE) -> Fault:
        fault = self.live.fault(match, dict(rule))
        self._rules.append((name, fault))
        return fault

    async def _place(self, args: Mapping[str, Any]) -> None:
        """Press as soon as it is possible, under the fault that was drawn for the answer."""
        await self._until(lambda: self.is_alive and not self.program.view.blocked, _PATIENCE_S)
        self._stay_lively()
        account_id = self.program.view.venue.account_id
        if not self.is_alive or account_id is None:
            self.denied.append("it never could be sent")
            return
        request = _request(args, account_id)
        undo = self._arm_answer(args)
        try:
            key = self.program.engine.place(request, self._confirmation(request))
        except Denied as denial:
            self.denied.append(str(denial))
            self._note(f"denied: {denial}")
            undo()
            return
        self.struck["place"] += 1
        self._lasts(1.0)
        self.confirmed[key] = request
        self._keys[args["number"]] = key
        if args["answer"] == "connection refused":
            await self._sleep(args["seconds"])
            undo()

    def _arm_answer(self, args: Mapping[str, Any]) -> Callable[[], None]:
        """Let the next POST meet what was drawn for it; returns how to take that back."""
        answer = args["answer"]
        if answer == "connection refused":
            refusals = self.loop.refusals
            self.loop.is_down = True
            self.loop.cut()

            def undo() -> None:
                self.loop.is_down = False
                self.struck[answer] += self.loop.refusals > refusals

            return undo
        if not answer:
            return lambda: None
        rule = self._arm(answer, args["rule"])
        self._lasts(rule.seconds + 1)
        return lambda: setattr(rule, "times", 0)

    def _confirmation(self, request: OrderRequest) -> Confirmation:
        return Confirmation(at_ms=self.clock.now_ms(), by="program", shown=request.venue_type, allowed=_OVERRIDES)

    async def _trade(self, args: Mapping[str, Any]) -> None:
        """Let somebody trade with an order that rests, or trigger one that waits."""
        order = self.live.order_of(self._keys.get(args["number"], ""))
        if order is None or order.is_final:
            return
        self.struck["trade"] += 1
        price, amount = _met(order, args["share"])
        self.live.venue.print_trade(SYMBOL, price, amount, buy=not order.request.buy)

    async def _cancel(self, args: Mapping[str, Any]) -> None:
        """Cancel an order, if it is on the screen and not over, under the fault that was drawn for the answer."""
        key = self._keys.get(args["number"], "")
        order = shown_orders(self.program.view).get(key)
        if self.is_alive and order is not None and not order.is_final:
            self.struck["cancel"] += 1
            if args["answer"]:
                self._arm(args["answer"], args["rule"])
            self.cancels.append(Cancel(self.now_s, self.watch.life, key))
            self.program.engine.cancel(key)

    async def _cancel_all(self, _: Mapping[str, Any]) -> None:
        if self.is_alive:
            self.struck["cancel all"] += 1
            self.program.engine.cancel_all()

    async def _halt(self, args: Mapping[str, Any]) -> None:
        """Halt, and take it back after a while."""
        if not self.is_alive:
            return
        self.struck["halt"] += 1
        engine, began_s = self.program.engine, self.loop.time()
        engine.halt()
        await self._sleep(args["seconds"])
        if engine is self.program.engine and self.is_alive:
            self.halts.append((began_s, self.loop.time()))
        engine.resume()

    async def _crash(self, args: Mapping[str, Any], name: str = "crash") -> None:
        """Die, stay dead for a while, and start again."""
        if not self.is_alive:
            return
        self.is_alive = False
        self.struck[name] += 1
        await self.program.crash()
        await self._sleep(args["seconds"])
        self._stay_lively()
        self.program = self._started()
        self.is_alive = True
        self._lasts(0.0)

    def _at_point(self, point: str, key: str) -> bool:
        """Say whether the program dies here, and see to it."""
        number = next((number for number, known in self._keys.items() if known == key), None)
        act = self._points.pop((point, number), None)
        if act is None:
            return False
        self._note(str(act))
        self._deaths.append(asyncio.ensure_future(self._crash(act.args, act.name)))
        return True

    def _on_post(self, key: str) -> None:
        self._at_point("as it arrives", key)

    async def _cut_stream(self, args: Mapping[str, Any]) -> None:
        for _ in range(args["times"]):
            self.struck["stream cut"] += self.live.cut_streams() > 0
            await self._sleep(2.0)

    async def _network_down(self, args: Mapping[str, Any]) -> None:
        """Lose every connection, and refuse new ones for a while."""
        refusals = self.loop.refusals
        self.loop.is_down = True
        self.loop.cut()
        await self._sleep(args["seconds"])
        self.loop.is_down = False
        self.struck["network down"] += self.loop.refusals > refusals

    async def _maintenance(self, args: Mapping[str, Any]) -> None:
        self.struck["maintenance"] += 1
        self.live.venue.market_status = args["status"]
        await self._sleep(args["seconds"])
        self.live.venue.market_status = 1

    async def _step_clock(self, args: Mapping[str, Any]) -> None:
        self.struck["clock stepped"] += 1
        self.clock.step_ms += args["seconds"] * 1000

    def _lasts(self, seconds: float) -> None:
        self.quiet_from_s = max(self.quiet_from_s, self.now_s + seconds)

    def _stay_lively(self) -> None:
        self.loop.lively_until_s = self.loop.time() + _LIVELY_S

    def _note(self, text: str) -> None:
        self.log.append(f"{self.now_s:8.3f} s  {text}")

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def _until(self, is_so: Callable[[], bool], limit_s: float, pause_s: float = 0.25) -> None:
        """Look now and then, as a person does."""
        for _ in range(int(limit_s / pause_s)):
            if is_so():
                return
            await asyncio.sleep(pause_s)


def _request(args: Mapping[str, Any], account_id: int) -> OrderRequest:
    kind, side, price = args["type"], args["side"], args["price"]
    return OrderRequest(
        account_id=account_id,
        symbol=SYMBOL,
        side=side,
        type=kind,
        amount=args["amount"],
        price=price if kind.has_price else None,
        stop_price=price if kind.has_stop else None,
        stop_operator=("lte" if side is Side.BUY else "gte") if kind.has_stop else None,
    )


def _met(order: VenueOrder, share: Decimal) -> tuple[Decimal, Decimal]:
    """At what price and with how much a trade meets an order."""
    request = order.request
    if order.state == "created" and request.stop_price is not None:
        return request.stop_price, Decimal(1)
    amount = (order.remaining * share).quantize(Decimal("0.01"))
    return request.price or request.stop_price or Decimal("0.0845"), max(amount, Decimal("0.01"))
