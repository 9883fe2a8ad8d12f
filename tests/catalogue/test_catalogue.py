"""The table: every row of the fault catalogue, and the tests that prove it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = (
    *(f"R{number}" for number in range(1, 28)),
    *(f"W{number}" for number in range(1, 16)),
    *(f"D{number}" for number in range(1, 9)),
    *(f"C{number}" for number in range(1, 5)),
    *(f"P{number}" for number in (1, 3, 4, 5, 6)),
    "I1",
    "I5",
)
"""Transport, streams, disk, clocks, process and input; what the terminal alone can do is proven with the screens."""

HERE = {
    "R": ("test_answers", "test_hosts", "test_truths"),
    "W": ("test_streams", "test_truths"),
    "C": ("test_clocks", "test_process"),
    "P": ("test_process",),
}
"""Where the functions of this package are that bear a row's number: ``test_r05_…`` proves R5."""

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "D1": (
        "tests/crash/test_disk_faults.py::test_a_disk_that_takes_no_more_stops_the_journal",
        "tests/storage/test_writer.py::test_a_full_disk_stops_all_writing_and_no_reading",
    ),
    "D2": ("tests/crash/test_disk_faults.py::test_a_sync_that_fails_stops_the_journal_until_it_is_opened_anew",),
    "D3": ("tests/crash/test_disk_faults.py::test_a_slow_disk_holds_the_writer_and_not_the_loop",),
    "D4": (
        "tests/crash/test_crash_images.py::test_no_promised_intent_is_lost",
        "tests/crash/test_crash_images.py::test_a_journal_that_does_not_wait_for_the_disk_loses_some",
    ),
    "D5": (
        "tests/storage/test_damage.py::test_a_damaged_journal_is_kept_and_halts",
        "tests/storage/test_damage.py::test_a_read_only_journal_halts_and_stays_read_only",
        "tests/storage/test_migrations.py::test_a_newer_file_is_left_alone",
    ),
    # the settings are the user's own file: hbtui reads it, and never writes it
    "D6": (
        "tests/test_settings.py::test_without_a_file_the_defaults_hold_and_nothing_is_made",
        "tests/test_settings.py::test_any_file_is_settings_or_a_refusal",
    ),
    "D7": ("tests/storage/test_writer.py::test_a_lost_file_stops_the_writing_for_good",),
    "D8": (
        "tests/storage/test_opening.py::test_while_another_process_holds_it_nothing_can_be_sent",
        "tests/storage/test_opening.py::test_a_killed_process_frees_the_account_with_all_it_wrote",
        "tests/test_sharing.py::test_a_second_screen_is_read_only_and_says_who_holds_the_account",
    ),
    "P1": (
        "tests/kills/test_kills.py::test_eight_kills",
        "tests/kills/test_kills.py::test_two_hundred_kills",
    ),
    "P3": ("tests/ui/test_app.py::test_a_crash_is_one_sentence_without_any_local_value",),
    "I1": (
        "tests/ui/test_review_bound.py::test_i1_a_held_y_and_a_doubled_enter_send_one_order",
        "tests/journeys/test_orders.py::test_two_confirming_keys_in_one_tick_send_one_order",
    ),
    "I5": ("tests/ui/test_review_bound.py::test_i5_a_market_that_moved_wants_a_fresh_look",),
}
"""Rows, or halves of rows, that are proven in the package of what they are about."""


def functions(path: Path) -> Iterator[str]:
    """Every test function of a file."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            yield node.name


def proofs(row: str) -> list[str]:
    """The tests that prove a row, as ``file::function``."""
    prefix = f"test_{row[0].lower()}{int(row[1:]):02}_"
    found = [
        f"tests/catalogue/{name}.py::{function}"
        for name in HERE.get(row[0], ())
        for function in functions(ROOT / "tests" / "catalogue" / f"{name}.py")
        if function.startswith(prefix)
    ]
    return [*found, *ELSEWHERE.get(row, ())]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_proven_by_a_test_that_exists(row: str) -> None:
    """Each row of the catalogue names at least one test, and each test that is named is there."""
    named = proofs(row)
    assert named, f"{row} is proven by nothing"
    for proof in named:
        path, _, function = proof.partition("::")
        assert function in set(functions(ROOT / path)), proof


def test_every_numbered_test_is_of_a_row() -> None:
    """No function here bears the number of a row that there is not."""
    known = {f"{row[0].lower()}{int(row[1:]):02}" for row in ROWS}
    for path in (ROOT / "tests" / "catalogue").glob("test_*.py"):
        if path.stem not in {"test_catalogue", "test_fault_proxy", "test_invariants"}:
            assert {name.split("_")[1] for name in functions(path)} <= known, path.name
