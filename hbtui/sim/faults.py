"""Trouble on demand: rules that spoil requests and sockets, for tests and for anyone who hardens a client.

Where a rule strikes (``match``):

- REST: the beginning of a path (``/v1/order``), or one endpoint with its id as HTX's documents write it
  (``/v1/order/orders/{id}``, ``/v1/order/orders/{id}/submitcancel``), which means that endpoint alone;
- sockets: ``ws``, ``feed``, ``private``; signing in: ``auth``; the book's increments: ``mbp``; market pushes: ``push``;
- private events: ``orders``, ``accounts``, ``clearing``, or one kind of them: ``orders:creation``, ``orders:trade``,
  ``orders:cancellation``, ``orders:deletion``, ``orders:trigger``, ``clearing:trade``, ``accounts:order.match`` ….

What it does there is in :data:`ACTIONS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hbtui.sim.noise import Noise

__all__ = ["ACTIONS", "EVENTS", "FRAMES", "REST", "Fault", "Faults"]

REST = MappingProxyType(
    {
        "drop": "close the connection before processing",
        "drop-answer": "process, then close without an answer",
        "hang": "process, then never answer",
        "half-answer": "process, then close in the middle of the body",
        "delay": "process at once, answer `seconds` later",
        "delay-arrival": "process and answer `seconds` later",
        "hold": "as delay-arrival, by the exchange's clock; processed even when the client has gone",
        "answer": "give `status`, `body`, `content_type` and `headers` instead of processing",
        "answer-after": "process, then give those instead of the answer",
        "error": "give an error instead of processing: `status`, `code`, `message`, and `fields` beside them",
        "error-after": "process, then give the error instead of the answer",
        "redirect": "give a redirect to `location` (a path is added to a bare host) instead of processing; `status`",
        "redirect-after": "process, then give the redirect",
        "bad-json": "process, then answer with a broken document: `body` names one of `broken.BROKEN`",
        "trickle": "process, then send the answer one byte each `seconds`",
        "bomb": "process, then answer with `megabytes` of JSON in a few hundred kilobytes of gzip",
        "edit": "process, then change the answer's rows: `where` chooses, `fields` are set, `without` are taken out",
        "shift": "process, then add `seconds` to the time in the answer of /v1/common/timestamp",
        "twice": "process the same request twice, and give the first answer",
        "meanwhile": "place an order from elsewhere (`fields` is its body) before processing",
        "cancel-lost": "a cancel: say that it was taken, and do nothing",
        "cancel-fills": "a cancel: say that it was taken, and let the order fill",
    }
)
"""Faults of requests."""

FRAMES = MappingProxyType(
    {
        "refuse": "refuse the handshake, or the auth frame at `auth`",
        "redirect": "answer the handshake with a redirect to `location`; `status`",
        "hang": "never answer the auth frame (at `auth`)",
        "no-pings": "leave out a ping",
        "ignore-pongs": "do not count a pong (then the connection ends after two)",
        "silence": "send nothing at all any more",
        "cut": "cut the connection",
        "echo": "confirm a subscription of another symbol: `body`",
        "mislabel": "market pushes (at `push`): under another symbol's name: `body`",
        "skip": "mbp: lose one increment",
        "corrupt": "damage a frame: its compression, or its JSON on the private socket",
        "truncate": "send half of the document (whole gzip around it)",
        "wrong-kind": "send text for binary, or binary for text",
        "bomb": "send `megabytes` of blanks in a small gzip frame (on the private socket as plain text)",
        "huge-frame": "send a frame of `megabytes`, not compressed",
        "flood": "send the current state of every subscribed topic `copies` times at once",
    }
)
"""Faults of sockets: at each frame (corrupt, truncate, wrong-kind), or each tenth of a second."""

EVENTS = MappingProxyType(
    {
        "withhold": "leave out",
        "edit": "set `fields`, take out `without`",
        "duplicate": "send `copies` times in all",
        "late": "send `seconds` later, by the exchange's clock",
        "shuffle": "send up to `seconds` later, each by its own draw of `seed`",
        "swap": "send after the next event of the same topic, or `seconds` later, by the exchange's clock",
    }
)
"""Faults of private events; several rules may strike one event, in this order, late before shuffle before swap."""

ACTIONS = frozenset({*REST, *FRAMES, *EVENTS})


@dataclass(slots=True)
class Fault:
    """One rule.

    ``times`` is how often it strikes (``None``: for ever), after letting ``after`` pass, and then each time with
    ``probability``, drawn from ``seed``. The other fields are what :data:`ACTIONS` name.
    """

    match: str
    action: str
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 1
    seconds: float = 1.0
    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    location: str = ""
    code: str = "gateway-internal-error"
    message: str = "Failed to load data. Try again later."
    fields: Mapping[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    where: Mapping[str, object] = field(default_factory=dict)
    copies: int = 2
    megabytes: int = 64
    struck: int = 0
    drawn: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            message = f"unknown action {self.action!r}; known: {', '.join(sorted(ACTIONS))}"
            raise ValueError(message)
        if self.action.startswith("redirect") and not 300 <= self.status < 400:
            self.status = 307

    def draw(self) -> float:
        """The next number of this rule, from 0 to below 1: always the same sequence for one seed."""
        self.drawn += 1
        return Noise(self.seed, self.match).words(0, self.drawn)[0] / 65_536

    def fits(self, place: str, endpoint: str) -> bool:
        """Whether it is about this place; an endpoint with ``{id}`` is meant exactly."""
        return self.match == endpoint if "{id}" in self.match else place.startswith(self.match)


class Faults:
    """The rules in force, in the order in which they were added; the first that fits strikes."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a rule in force; its ``struck`` tells how often it has struck."""
        self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """Lift every rule."""
        self._rules.clear()

    def strike(self, place: str, *actions: str, endpoint: str = "") -> Fault | None:
        """The rule that strikes here and now, counted; with ``actions``, only one of those."""
        for rule in self._rules:
            if not rule.fits(place, endpoint) or (actions and rule.action not in actions):
                continue
            if rule.times is not None and rule.struck >= rule.times:
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.probability < 1 and rule.draw() >= rule.probability:
                continue
            rule.struck += 1
            return rule
        return None
