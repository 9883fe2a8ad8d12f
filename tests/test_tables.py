"""Tables of the commands: dates instead of milliseconds, words to the left, and blocks where there is no room."""

from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hbtui.tables import blocks, expanded, table, time_text

AT_MS = 1_795_701_064_131
ROWS: list[dict[str, object]] = [
    {"order_id": "12", "symbol": "dogeusdt", "amount": "1000", "cause": None, "created_ms": AT_MS},
    {"order_id": "3", "symbol": "xrpusdt", "amount": "0.5", "cause": None, "created_ms": None},
]


def test_times_are_dates_of_the_zone_that_the_title_names() -> None:
    """No milliseconds are left for a person to count, and no time leaves its zone to be guessed."""
    assert table(ROWS, UTC).splitlines() == [
        "order_id  symbol    amount  created UTC",
        "      12  dogeusdt    1000  2026-11-26 13:51:04",
        "       3  xrpusdt      0.5  —",
    ]
    assert "created +08:00" in table(ROWS, timezone(timedelta(hours=8)))
    assert "2026-11-26 21:51:04" in table(ROWS, timezone(timedelta(hours=8)))


def test_a_change_of_the_clocks_is_written_at_each_time() -> None:
    """Where one title cannot name the offset of all, each time has its own: the hour that comes twice stays two."""
    summer, winter = 1_792_888_200_000, 1_792_891_800_000
    told = table([{"ts_ms": summer}, {"ts_ms": winter}], ZoneInfo("Europe/Berlin")).splitlines()
    assert told == ["time", "2026-10-25 02:30:00+02:00", "2026-10-25 02:30:00+01:00"]


def test_a_column_that_says_nothing_of_any_row_is_left_out_only_where_that_is_usual() -> None:
    """No stop price and no cause take no room; a price that no row has stays, since it is missed."""
    assert "cause" not in table(ROWS)
    assert "price" in table([{"price": None, "stop_price": None}])
    assert "cause" in table([*ROWS, {**ROWS[0], "cause": "api"}])


def test_blocks_say_what_the_table_says() -> None:
    """Where a line would be broken in two each row is a block with the same names and the same words."""
    assert expanded(ROWS, 60, UTC).splitlines()[:5] == [
        "order_id 12",
        "    symbol               dogeusdt",
        "    amount               1000",
        "    created UTC          2026-11-26 13:51:04",
        "",
    ]


@given(value=st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=400),
       width=st.integers(60, 120))  # fmt: skip
def test_a_block_keeps_to_its_width_and_loses_nothing(value: str, width: int) -> None:
    """However long a fact is, no line is wider than asked, and all of it is there."""
    lines = blocks([("1  intent", {"body": value, "side": "buy"})], width).splitlines()
    assert max(map(len, lines)) <= width
    assert "".join(line[25:] for line in lines[1:-1]) == value
    assert lines[-1].split() == ["side", "buy"]


def test_a_time_of_the_journal_has_its_milliseconds() -> None:
    """What happened within a second keeps its order."""
    assert time_text(AT_MS, UTC) == "2026-11-26 13:51:04.131"
