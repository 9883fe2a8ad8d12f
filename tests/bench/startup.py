"""From exec to the first paint and to a filled screen, beside the least that Textual can show; and both memories."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.figures import line, quantile
from tests.bench.terminal import Terminal, terminal

__all__ = ["is_filled", "report"]

_ROUNDS = 7
_LIMIT_S = 15
_MIB = 1 << 20


@dataclass
class _Seen:
    painted: list[float]
    filled: list[float]
    memory: list[float]
    children: list[float]


def is_filled(lines: Sequence[str]) -> bool:
    """Whether every pane of the trade screen shows what it is for: prices, balances, book, and a live link."""
    text = "\n".join(lines)
    return all(word in text for word in ("DEMO", "live", "spread", "≈")) and "loading" not in text.lower()


def report() -> list[str]:
    """Start both programs in turn; medians of seven."""
    ours, floor = _Seen([], [], [], []), _Seen([], [], [], [])
    for _ in range(_ROUNDS):
        _run([sys.executable, "-m", "tests.bench.minimal"], _shows("READY"), _shows("READY"), floor)
        _run([sys.executable, "-m", "hbtui"], _shows("DEMO"), is_filled, ours)
    of = "a minimal Textual app"
    return [
        line("exec → first paint", ours.painted, floor.painted, unit="s", of=of, aim="aim ≤ 1.4"),
        line("exec → filled", ours.filled, floor.painted, unit="s", of=of, aim="aim ≤ 2.5"),
        line("resident memory, the screen", ours.memory, floor.memory, unit="MiB", of=of, aim="information"),
        f"{'resident memory, the exchange':<34} {quantile(ours.children, 0.5):.1f} MiB in a process of its own",
    ]


def _shows(word: str) -> Callable[[Sequence[str]], bool]:
    return lambda lines: any(word in one for one in lines)


def _run(
    command: list[str], painted: Callable[[Sequence[str]], bool], filled: Callable[[Sequence[str]], bool], seen: _Seen
) -> None:
    with terminal(command) as program:
        _watch_until_quiet(program, filled)
        sizes = program.memory()
        seen.memory.append(sizes[0] / _MIB)
        seen.children.append(sum(sizes[1:]) / _MIB)
    for times, shows in ((seen.painted, painted), (seen.filled, filled)):
        at = program.first(shows)
        if at is None:
            message = f"{command[-1]} never showed it; its screen was:\n" + "\n".join(program.text())
            raise RuntimeError(message)
        times.append(at)


def _watch_until_quiet(program: Terminal, filled: Callable[[Sequence[str]], bool]) -> None:
    """Read without looking (looking would cost the program a core), then look, until it is filled."""
    while program.now() < _LIMIT_S:
        program.watch(2.5)
        if filled(program.text()):
            return
