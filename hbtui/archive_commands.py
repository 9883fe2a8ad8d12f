"""``hbtui archive …``: each command asks, prints an answer on stdout, and says every error on stderr."""

import asyncio
import json
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack

from hbtui.archive_places import archive_path, kept_origins, open_archive
from hbtui.archive_words import read_series_words, read_span, utc_text
from hbtui.cli import ExitCode
from hbtui.config import ConfigError, places
from hbtui.model.errors import AnswerError, ArchiveError, ExchangeError, NetworkError
from hbtui.model.series import GapKind, Series, Span
from hbtui.streams import answer, complain
from hbtui.tables import table
from hbtui.trading.archiving import Archive
from hbtui.words import BadRequest

__all__ = ["run_archive"]

Row = dict[str, str | int | None]
_KIND_WORDS = {
    GapKind.ABSENT: "the exchange has none",
    GapKind.UNANSWERED: "not answered",
    GapKind.UNASKED: "not asked for",
}


def run_archive(asked: Namespace) -> ExitCode:
    """Run one command to its end; no exception of the program's own gets out."""
    try:
        return asyncio.run(_run(asked))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _complain("Interrupted: what was fetched is kept, and the same command goes on.", ExitCode.INTERRUPTED)
    except BadRequest as error:
        return _complain(str(error), ExitCode.USAGE)
    except (ConfigError, ArchiveError) as error:
        return _complain(str(error), ExitCode.CONFIG)
    except (NetworkError, AnswerError) as error:
        return _complain(f"{error.title}: {error} {error.advice}".strip(), ExitCode.NETWORK)
    except ExchangeError as error:
        return _complain(f"{error.title}: {error} {error.advice}".strip(), ExitCode.REFUSED)


async def _run(asked: Namespace) -> ExitCode:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - called by a task
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    if asked.archive_command in {"fetch", "work"}:
        from hbtui.archive_fetch import fetch, help_along

        return await (fetch if asked.archive_command == "fetch" else help_along)(asked)
    commands = {"list": _list, "gaps": _gaps, "export": _export, "delete": _delete}
    with ExitStack() as stack:
        archive = open_archive(places(), _chosen_origin(asked), creates=False)
        stack.callback(archive.close)
        return commands[asked.archive_command](asked, archive)


# what is there


def _list(asked: Namespace, archive: Archive) -> ExitCode:
    rows: list[Row] = []
    for one in archive.series():
        missing = sum(gap.bars for gap in archive.gaps(one.series, one.reach)) if one.reach else 0
        rows.append(
            {
                "symbol": one.series.symbol,
                "period": one.series.period.value,
                "from": utc_text(one.reach.start_ms) if one.reach else None,
                "to": utc_text(one.reach.end_ms) if one.reach else None,
                "bars": one.bars,
                "missing": missing,
                "updated": utc_text(one.updated_ms) if one.updated_ms else None,
            }
        )
    return _answered(asked, rows, f"The archive of {archive.origin} is empty.")


def _gaps(asked: Namespace, archive: Archive) -> ExitCode:
    series = _one_series(asked, archive)
    span = read_span(asked, needs_start=False)
    reach = next((one.reach for one in archive.series() if one.series == series), None)
    if reach is not None:
        start_ms = span.start_ms if asked.start else reach.start_ms
        span = Span(start_ms, span.end_ms if asked.end else reach.end_ms)
        if span.start_ms >= span.end_ms:
            kept = f"from {utc_text(reach.start_ms)} to {utc_text(reach.end_ms)} UTC"
            message = f"That is outside of what is kept of {series}, which is {kept}: say both --from and --to."
            raise BadRequest(message)
    rows: list[Row] = [
        {
            "from": utc_text(gap.span.start_ms),
            "to": utc_text(gap.span.end_ms),
            "bars": gap.bars,
            "why": _KIND_WORDS[gap.kind],
        }
        for gap in archive.gaps(series, span)
    ]
    return _answered(asked, rows, f"Nothing is missing of {series}.")


def _export(asked: Namespace, archive: Archive) -> ExitCode:
    from hbtui.storage.export import export

    symbols, periods = read_series_words(asked.words)
    kept = {one.series for one in archive.series()}
    series = [Series(symbol, period) for symbol in symbols for period in periods]
    if not series:
        message = "Name at least one pair and one period, such as dogeusdt 1min."
        raise BadRequest(message)
    for one in series:
        if one not in kept:
            message = f"The archive of {archive.origin} holds no {one}: fetch it first."
            raise ArchiveError(message)
    count = export(archive, series, read_span(asked, needs_start=False), asked.out, overwrites=asked.overwrite)
    problem = answer(f"{count:,} bars of {archive.origin} written to {asked.out}")
    return _complain(f"The answer could not be written: {problem}.", ExitCode.FAILED) if problem else ExitCode.DONE


def _delete(asked: Namespace, archive: Archive) -> ExitCode:
    series = _one_series(asked, archive)
    if not asked.yes:
        if not sys.stdin.isatty():
            return _complain("--yes is needed where nobody can be asked.", ExitCode.DECLINED)
        complain(f"Delete every bar of {series} ({archive.origin})? [y/N]")
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            return _complain("Nothing was deleted.", ExitCode.DECLINED)
    count = archive.delete(series)
    answer(f"{count:,} bars of {series} deleted")
    return ExitCode.DONE


# words


def _chosen_origin(asked: Namespace) -> str:
    """The origin that was named, or the only one that is kept."""
    if asked.origin:
        archive_path(places(), asked.origin)  # refuses what names none
        return str(asked.origin)
    if getattr(asked, "live", False):
        return "htx"
    kept = kept_origins(places())
    if len(kept) == 1:
        return kept[0]
    if not kept:
        message = "Nothing was fetched yet: begin with hbtui archive fetch."
        raise ArchiveError(message)
    message = f"There are archives of {', '.join(kept)}: say which with --origin."
    raise BadRequest(message)


def _one_series(asked: Namespace, archive: Archive) -> Series:
    symbols, periods = read_series_words(asked.words)
    if len(symbols) != 1 or len(periods) != 1:
        message = "Name one pair and one period, such as dogeusdt 1min."
        raise BadRequest(message)
    series = Series(symbols[0], periods[0])
    if series not in {one.series for one in archive.series()}:
        message = f"The archive of {archive.origin} holds no {series}."
        raise ArchiveError(message)
    return series


def _answered(asked: Namespace, rows: Sequence[Row], nothing: str) -> ExitCode:
    text = json.dumps(rows, indent=1) if asked.json else table(rows) if rows else nothing
    problem = answer(text)
    return _complain(f"The answer could not be written: {problem}.", ExitCode.FAILED) if problem else ExitCode.DONE


def _complain(text: str, code: ExitCode = ExitCode.FAILED) -> ExitCode:
    complain(text)
    return code
