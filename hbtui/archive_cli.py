"""The words of ``hbtui archive …``."""

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_archive"]

_RANGE = "a date or time: 2026-01-31 or 2026-01-31T12:00"


def add_archive(add: Callable[[str, str], argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the command with its own commands; ``add`` makes a parser from a name and a sentence.

    ``shared`` are the options that every command takes.
    """
    archive = add("archive", "Fetch bars by date range, keep them in a local database, and take them out again.")
    commands = archive.add_subparsers(dest="archive_command", metavar="COMMAND", title="commands", required=True)

    def command(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words, parents=[shared], allow_abbrev=False)

    fetch = command("fetch", "Fetch what is missing of a range; without words, go on with what was begun.")
    fetch.add_argument("words", metavar="SYMBOL… PERIOD", nargs="*", help="pairs and bar periods, in any order")
    _range(fetch)
    fetch.add_argument("--all-symbols", metavar="QUOTE", help="every pair that is traded against it, such as usdt")
    fetch.add_argument("--connections", type=int, default=4, help="sockets at once, 1 to 8 (default 4)")
    fetch.add_argument("--share", action="store_true", help="on PostgreSQL: let other workers help (archive work)")
    work = command("work", "On PostgreSQL: help with what others have begun to fetch with --share, until all is done.")
    work.add_argument("--connections", type=int, default=4, help="sockets at once, 1 to 8 (default 4)")
    for one in (fetch, work):
        one.add_argument(
            "--lease", type=int, default=60, metavar="SECONDS", help="of a shared download: a worker that is silent for"
            " so long has its slices taken over (5 to 600, default 60)"
        )  # fmt: skip
    work.add_argument("--wait", action="store_true", help="stay, and wait for more to do")
    listed = command("list", "Show what is kept: each series with its reach, its bars and what is missing.")
    _origin(listed)
    gaps = command("gaps", "Show what is missing of a series, and why.")
    gaps.add_argument("words", metavar="SYMBOL PERIOD", nargs=2)
    _range(gaps)
    _origin(gaps)
    export = command("export", "Write bars to a .csv or .parquet file.")
    export.add_argument("words", metavar="SYMBOL… PERIOD…", nargs="+")
    export.add_argument("--out", metavar="FILE", type=Path, required=True)
    export.add_argument("--overwrite", action="store_true", help="replace the file where it exists")
    _range(export)
    _origin(export)
    delete = command("delete", "Delete a series from the archive.")
    delete.add_argument("words", metavar="SYMBOL PERIOD", nargs=2)
    delete.add_argument("--yes", action="store_true", help="delete without asking")
    _origin(delete)
    for one in (listed, gaps):
        one.add_argument("--json", action="store_true", help="answer with JSON on stdout")


def _range(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="start", metavar="WHEN", help=f"{_RANGE}; included")
    command.add_argument("--to", dest="end", metavar="WHEN", help=f"{_RANGE}; excluded (default: now)")
    command.add_argument("--zone", default="UTC", help="of these times: UTC (default), Asia/Shanghai, +08:00")


def _origin(command: argparse.ArgumentParser) -> None:
    command.add_argument("--origin", help="whose bars: htx, or embedded-seed-1 (default: the only one there is)")
