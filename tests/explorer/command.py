"""Many schedules over several processes: what broke, how to see it again, and how often each fault struck."""

import argparse
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.explorer.catalogue import every_name
from tests.explorer.explore import Verdict, lived
from tests.explorer.schedule import drawn, without

__all__ = ["Explored", "explored", "main", "minimal", "replay"]


@dataclass
class Explored:
    """The sum of many schedules."""

    seeds: int = 0
    orders: int = 0
    posts: int = 0
    drawn: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    """How orders were shown at last."""
    failures: dict[int, list[str]] = field(default_factory=dict)

    def add(self, verdict: Verdict) -> None:
        """Count a schedule in."""
        self.seeds += 1
        self.orders += verdict.struck["place"]
        self.posts += verdict.posts
        self.drawn += verdict.drawn
        self.struck += verdict.struck
        self.ends += verdict.ends
        if verdict.breaches:
            self.failures[verdict.schedule.seed] = verdict.breaches

    def table(self) -> str:
        """How often each thing was drawn, and how often it struck."""
        lines = [f"{name:38}{self.drawn[name]:7}{self.struck[name]:7}" for name in every_name()]
        head = f"{self.seeds} schedules, {self.orders} orders, {self.posts} posts"
        ends = ", ".join(f"{state} {count}" for state, count in self.ends.most_common())
        return "\n".join([head, f"{'':38}{'drawn':>7}{'struck':>7}", *lines, f"shown at last: {ends}"])

    def reports(self) -> Iterator[str]:
        """One line for each failing seed, with how to see it again."""
        for seed, breaches in sorted(self.failures.items()):
            yield f"{replay(seed)}  # {'; '.join(breaches)}"


def replay(seed: int, left_out: Sequence[int] = ()) -> str:
    """The command that lives through a schedule again."""
    numbers = f" --without {','.join(map(str, left_out))}" if left_out else ""
    return f"python -m tests.explorer --seed {seed}{numbers}"


def explored(seeds: Iterable[int], processes: int = 1) -> Explored:
    """Live through the schedules of many seeds; each process takes the next as it is done."""
    found = Explored()
    if processes == 1:
        for seed in seeds:
            found.add(_judged(seed))
        return found
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for verdict in pool.imap_unordered(_judged, seeds, chunksize=5):
            found.add(verdict)
    return found


def minimal(seed: int) -> list[int]:
    """The numbers of the acts without which a failing schedule still fails, leaving out one after the other."""
    schedule, left_out = drawn(seed), list[int]()
    for number in reversed(range(len(schedule.acts))):
        if lived(without(schedule, [*left_out, number])).breaches:
            left_out.append(number)
    return sorted(left_out)


def _judged(seed: int) -> Verdict:
    """Live through one; what it shows of orders stays behind, as it is large."""
    try:
        verdict = lived(seed)
    except BaseException as error:
        error.add_note(replay(seed))
        raise
    verdict.story, verdict.shown = [], {}
    return verdict


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code is 1 where a law was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.explorer", description=__doc__)
    parser.add_argument("--seed", type=int, help="live through one schedule, and tell it")
    parser.add_argument("--without", default="", help="with --seed: leave out the acts of these numbers (3,5)")
    parser.add_argument("--minimal", action="store_true", help="with --seed: leave out whatever it fails without")
    parser.add_argument("--seeds", type=int, default=200, help="how many schedules")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args(argv)
    if asked.seed is not None:
        left_out = [int(number) for number in asked.without.split(",") if number]
        return _tell(asked.seed, minimal(asked.seed) if asked.minimal else left_out)
    began = time.perf_counter()
    found = explored(range(asked.first, asked.first + asked.seeds), asked.processes)
    print(found.table())
    print(f"{time.perf_counter() - began:.0f} s over {asked.processes} processes; {len(found.failures)} failed")
    for line in found.reports():
        print(line)
    return 1 if found.failures else 0


def _tell(seed: int, left_out: Sequence[int]) -> int:
    """Tell one schedule: what was drawn, what happened, how each order was shown, and what broke."""
    verdict = lived(without(drawn(seed), left_out))
    print(verdict.schedule, "", *verdict.story, "", sep="\n")
    for key, history in verdict.shown.items():
        print(
            key,
            *(f"   {one.at_s:8.3f} s  life {one.life}  {one.state.value} {one.filled}" for one in history),
            sep="\n",
        )
    print("", *(verdict.breaches or ["every law holds"]), replay(seed, left_out), sep="\n")
    return 1 if verdict.breaches else 0
