"""What may be typed about the archive, and what is said where it makes no sense."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Period
from hbtui.model.series import Series, Span
from hbtui.ui.archive_forms import FetchReading, bars_in, export_name, read_export, read_fetch
from tests.support.views import NOW_MS, instruments
from tests.ui.archive_rows import DAY_MS, TODAY_MS

DOGE = Series("dogeusdt", Period.MINUTE)


def read(symbol: str = "dogeusdt", start: str = "2025-10-01", end: str = "") -> FetchReading:
    """Read a form of one-minute bars."""
    return read_fetch({"symbol": symbol, "from": start, "to": end}, Period.MINUTE, NOW_MS, instruments())


def test_days_are_utc_the_first_included_the_last_left_out() -> None:
    """As the command line reads them."""
    reading = read(end="2025-10-09")
    assert (reading.series, reading.span) == (DOGE, Span(TODAY_MS - 8 * DAY_MS, TODAY_MS))
    assert not reading.errors


def test_without_a_last_day_it_is_until_now() -> None:
    """Nobody types today's date."""
    assert read().span == Span(TODAY_MS - 8 * DAY_MS, NOW_MS)


@pytest.mark.parametrize("symbol", ["DOGE/USDT", " doge-usdt ", "DogeUsdt"])
def test_symbols_are_read_as_people_write_them(symbol: str) -> None:
    """The same rules as everywhere."""
    assert read(symbol).series == DOGE


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"symbol": "nocoinusdt"}, "symbol", "the exchange does not list nocoinusdt"),
        ({"symbol": "[red]"}, "symbol", "'[red]' is not a symbol"),
        ({"symbol": ""}, "symbol", "is not a symbol"),
        ({"start": ""}, "from", "the day to begin with"),
        ({"start": "31.1.2025"}, "from", "'31.1.2025' is not a date; one looks like 2026-01-31"),
        ({"start": "2025-02-30"}, "from", "is not a date"),
        ({"start": "1969-01-01"}, "from", "no exchange is that old"),
        ({"start": "2026-01-01"}, "from", "still to come"),
        ({"end": "yesterday"}, "to", "'yesterday' is not a date"),
        ({"end": "2025-10-01"}, "to", "not after the day to begin with"),
        ({"end": "2025-09-01"}, "to", "not after the day to begin with"),
        ({"end": "2026-01-01"}, "to", "leave it empty"),
    ],
)
def test_what_makes_no_sense_is_said_under_its_field(typed: dict[str, str], field: str, words: str) -> None:
    """One sentence, under the field that it is about, and nothing to fetch."""
    reading = read(**typed)
    assert words in reading.errors[field]
    assert list(reading.errors) == [field]
    assert (reading.series, reading.span) == (None, None)


def test_every_wrong_field_is_named_at_once() -> None:
    """Nobody corrects one field only to hear of the next."""
    assert set(read("?", "?", "?").errors) == {"symbol", "from", "to"}


def test_where_the_pairs_are_not_known_any_symbol_is_taken() -> None:
    """The exchange will say; nothing is called unlisted for want of a list."""
    reading = read_fetch({"symbol": "newusdt", "from": "2025-10-01", "to": ""}, Period.DAY, NOW_MS, {})
    assert reading.series == Series("newusdt", Period.DAY)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_is_a_stretch_or_an_error(symbol: str, start: str, end: str) -> None:
    """Never an exception, and never a stretch that is none."""
    reading = read(symbol, start, end)
    assert bool(reading.errors) is (reading.span is None)
    if reading.span is not None:
        assert 0 <= reading.span.start_ms < reading.span.end_ms <= NOW_MS


def test_the_number_of_bars_is_told_before_they_are_fetched() -> None:
    """A year of minutes is another matter than a year of days."""
    assert bars_in(Period.MINUTE, Span(0, DAY_MS)) == 1440
    assert bars_in(Period.DAY, Span(0, 60_000)) == 1


def test_a_file_is_named_by_its_series(tmp_path: Path) -> None:
    """The name that stands there can be taken as it is."""
    assert export_name(DOGE) == "dogeusdt-1min.csv"
    assert read_export(export_name(DOGE), tmp_path) == (tmp_path / "dogeusdt-1min.csv", "")


def test_other_folders_and_parquet_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute names stay what they are, and ~ is home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_export("~/a.parquet", Path("/nowhere")) == (tmp_path / "a.parquet", "")
    assert read_export(f" {tmp_path}/b.CSV ", Path("/nowhere")) == (tmp_path / "b.CSV", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "a name, ending in .csv or .parquet"),
        ("bars.xlsx", "must end in .csv or .parquet"),
        ("bars", "must end in .csv or .parquet"),
        ("there.csv", "exists already, and is not written over"),
        ("no/such/folder/bars.csv", "no such folder"),
        ("~nobody-of-this-name/bars.csv", "cannot be a file here"),
        ("a\0b.csv", "cannot be a file here"),
        ("x" * 300 + ".csv", "cannot be a file here"),
    ],
)
def test_a_file_that_cannot_be_written_is_said_before(name: str, words: str, tmp_path: Path) -> None:
    """Nothing is written over, and nothing is asked of the engine that must fail."""
    (tmp_path / "there.csv").write_text("mine", encoding="utf-8")
    out, error = read_export(name, tmp_path)
    assert out is None
    assert words in error
