"""Trouble on demand: rules that spoil requests and sockets, for tests and for anyone who hardens a client."""

from dataclasses import dataclass

__all__ = ["ACTIONS", "Fault", "Faults"]

ACTIONS = frozenset(
    {
        "drop",  # close the connection before processing
        "drop-answer",  # process, then close without an answer
        "hang",  # process, then never answer
        "half-answer",  # process, then close in the middle of the body
        "delay",  # process at once, answer late
        "delay-arrival",  # process and answer late
        "answer",  # give status and body instead of processing
        "answer-after",  # process, then give status and body instead of the answer
        "error",  # give an error code instead of processing
        "error-after",  # process, then give an error code instead of the answer
        "refuse",  # sockets: refuse the handshake, or the auth frame with kind "auth"
        "no-pings",  # sockets: stop sending pings
        "silence",  # sockets: send nothing at all any more
        "withhold",  # private pushes: leave out (match is orders, accounts or clearing)
        "duplicate",  # private pushes: send twice
        "skip",  # mbp: lose one increment
    }
)


@dataclass(slots=True)
class Fault:
    """One rule.

    ``match`` is the beginning of a path, or a kind: ``ws``, ``feed``, ``private``, ``auth``, ``orders``, ``accounts``,
    ``clearing``, ``mbp``. ``times`` is how often it strikes (``None``: for ever), after letting ``after`` pass.
    """

    match: str
    action: str
    times: int | None = 1
    after: int = 0
    seconds: float = 1.0
    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    code: str = "gateway-internal-error"
    message: str = "Failed to load data. Try again later."
    struck: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            message = f"unknown action {self.action!r}; known: {', '.join(sorted(ACTIONS))}"
            raise ValueError(message)


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

    def strike(self, place: str, *actions: str) -> Fault | None:
        """The rule that strikes here and now, counted; with ``actions``, only one of those."""
        for rule in self._rules:
            if not place.startswith(rule.match) or (actions and rule.action not in actions):
                continue
            if rule.times is not None and rule.struck >= rule.times:
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            rule.struck += 1
            return rule
        return None
