"""From a key to its paint, with and without a flood of market frames from another process."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.figures import quantile
from tests.bench.terminal import terminal

__all__ = ["report"]

_RATE = 5_000
_KEYS = 150
_ROUNDS = 2
_FIRST_LETTER = 0x410  # letters that stand nowhere else on the screen, so that a paint can be told from the rest


def report() -> list[str]:
    """Type into the price field, in turn without and with the flood; milliseconds."""
    calm: list[float] = []
    flooded: list[float] = []
    for _ in range(_ROUNDS):
        calm += _typed(0)
        flooded += _typed(_RATE)
    p50, p99 = (quantile(flooded, share) / quantile(calm, share) for share in (0.5, 0.99))
    name = f"key → paint, {_RATE} frames/s"
    ours = f"{quantile(flooded, 0.5):.1f}/{quantile(flooded, 0.99):.1f} ms"
    floor = f"{quantile(calm, 0.5):.1f}/{quantile(calm, 0.99):.1f} ms"
    return [f"{name:<34} p50 {p50:.2f} ×, p99 {p99:.2f} × without: {ours} against {floor} (n={len(calm)})  aim ≤ 1.5"]


def _typed(rate: int) -> list[float]:
    with _exchange(rate) as rest, terminal([sys.executable, "-m", "hbtui", "--exchange", rest]) as program:
        program.watch(6)
        program.press(b"b")
        program.watch(1)
        seen = []
        for number in range(_KEYS):
            letter = chr(_FIRST_LETTER + number % 60).encode()
            took = program.paint_of(letter, letter)
            if took is None:
                message = "a key was never painted; the screen was:\n" + "\n".join(program.text())
                raise RuntimeError(message)
            seen.append(took * 1000)
            program.press(b"\x7f")
            program.watch(0.06 + number % 7 * 0.01)
        return seen


@contextmanager
def _exchange(rate: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.flood", str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["rest"]
        finally:
            process.stdin.close()
            told = process.stdout.readline()
    _require(rate, json.loads(told))


def _require(rate: int, told: dict[str, float]) -> None:
    """Refuse a figure that was not measured under the flood it names."""
    seen = told["sent"] / max(told["seconds"], 1)
    if seen < rate * 0.9 or told["cut"]:
        message = f"the flood was {seen:.0f} frames/s instead of {rate}, and {told['cut']:.0f} clients did not keep up"
        raise RuntimeError(message)
