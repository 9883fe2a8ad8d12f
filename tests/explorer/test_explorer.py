"""Seeded schedules on virtual time: the real client and the real exchange, and the laws after each."""

import pytest

from hbtui.model.order import OrderState
from tests.explorer.catalogue import ANSWERS, TROUBLES, every_name
from tests.explorer.command import explored, main, replay
from tests.explorer.controls import Resending, TooSure
from tests.explorer.explore import Verdict, lived
from tests.explorer.schedule import Act, Schedule, drawn, without

LONG = 2000
"""How many schedules the long proof lives through."""


def _told(verdict: Verdict) -> str:
    return "\n".join([*verdict.breaches, replay(verdict.schedule.seed)])


@pytest.mark.parametrize("seed", range(12))
def test_the_laws_hold_in_a_dozen_schedules(seed: int) -> None:
    """Whatever is lost, late, deaf or crashed: no order is doubled, lost, or called absent where it exists."""
    verdict = lived(seed)
    assert not verdict.breaches, _told(verdict)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_the_laws_hold_in_two_thousand_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    """The same laws hold in 2,000 schedules, in which everything that can go wrong struck at least twenty times."""
    found = explored(range(LONG), processes=2)
    with capsys.disabled():
        print(f"\n{found.table()}")
    assert not found.failures, "\n".join(found.reports())
    assert found.seeds == LONG
    rare = {name: found.struck[name] for name in every_name() if found.struck[name] < 20}
    assert not rare, f"struck less than twenty times: {rare}"


def test_a_seed_is_one_schedule() -> None:
    """The same seed draws the same acts, and another one others."""
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_a_seed_is_lived_through_twice_in_the_same_way() -> None:
    """Twice the same seed is the same story, second by second: what fails can be seen again."""
    seed = next(seed for seed in range(100) if len(drawn(seed).acts) > 6)
    one, other = lived(seed), lived(seed)
    assert one.story == other.story
    assert one.struck == other.struck
    histories = [[*verdict.shown.values()] for verdict in (one, other)]
    assert histories[0] == histories[1]


def test_everything_is_drawn() -> None:
    """Within a thousand seeds every fault of the catalogue is drawn."""
    names: set[str] = set()
    for seed in range(1000):
        for act in drawn(seed).acts:
            names |= {act.name, act.args.get("answer", "")}
    assert set(every_name()) <= names


def test_a_client_that_sends_again_is_caught() -> None:
    """A client that repeats an order whose answer was lost is caught within a few seeds, by the laws on doubling."""
    breaches: list[str] = []
    for seed in range(12):
        breaches += lived(seed, Resending).breaches
        if {"J1", "J7"} <= {breach[:2] for breach in breaches}:
            return
    pytest.fail(f"it was not caught: {breaches}")


def _held(seconds: float) -> Schedule:
    """One order, whose bytes arrive late."""
    place = next(act for seed in range(100) for act in drawn(seed).acts if act.name == "place" and _rests(act))
    rule = {"action": "hold", "seconds": seconds}
    return Schedule(0, (Act(0.0, "place", {**place.args, "number": 0, "answer": "arrival held", "rule": rule}),))


def _rests(act: Act) -> bool:
    return str(act.args["type"].value) == "limit"


def test_a_client_that_is_too_sure_is_caught() -> None:
    """A client that takes five times "not found" for a proof is caught when the order arrives later."""
    breaches = lived(_held(60), TooSure).breaches
    assert any(breach.startswith("J3") for breach in breaches), breaches


def test_an_arrival_at_the_last_moment_is_found() -> None:
    """Bytes that arrive 295 seconds late, just inside the signature's life, become the order that they are."""
    verdict = lived(_held(295))
    assert not verdict.breaches, _told(verdict)
    (history,) = verdict.shown.values()
    assert [seen.state for seen in history][-2:] == [OrderState.UNCERTAIN, OrderState.SUBMITTED]


def test_an_arrival_that_is_too_late_is_proven_absent() -> None:
    """Bytes that arrive after the signature's life are refused, and absence is told after the lease, not before."""
    verdict = lived(_held(301.5))
    assert not verdict.breaches, _told(verdict)
    (history,) = verdict.shown.values()
    assert history[-1].state is OrderState.NOT_PLACED
    assert history[-1].at_s > 360


@pytest.mark.parametrize(("seed", "acts"), [(963, (0, 5, 7)), (1569, (1, 4, 5))])
def test_a_cancel_that_no_network_carries_is_given_up_in_words(seed: int, acts: tuple[int, ...]) -> None:
    """A cancel pressed while the network is down for longer than it is repeated is told, and the order stays shown."""
    schedule = drawn(seed)
    verdict = lived(without(schedule, set(range(len(schedule.acts))) - set(acts)))
    assert not verdict.breaches, _told(verdict)
    (history,) = verdict.shown.values()
    assert history[-1].state is OrderState.SUBMITTED
    assert any("The cancel was not taken" in line for line in verdict.story)


def test_acts_can_be_left_out() -> None:
    """A schedule without some of its acts is the rest of it, in the same order."""
    schedule = drawn(3)
    assert without(schedule, [0]).acts == schedule.acts[1:]
    assert without(schedule, []) == schedule


def test_the_command_tells_how_to_see_a_seed_again(capsys: pytest.CaptureFixture[str]) -> None:
    """The command tells one schedule with its verdict and the line that repeats it."""
    assert main(["--seed", "3", "--without", "0"]) == 0
    told = capsys.readouterr().out
    assert "every law holds" in told
    assert "python -m tests.explorer --seed 3 --without 0" in told


def test_the_command_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """Several seeds end in a table of everything that can go wrong, with how often it was drawn and struck."""
    assert main(["--seeds", "2", "--from", "5", "--processes", "1"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("2 schedules")
    assert all(f"\n{name}" in told for name in (*ANSWERS, *TROUBLES))
