"""Where archives are kept: a file for each origin in hbtui's own folder, or the server that HBTUI_ARCHIVE names."""

import os
from collections.abc import Mapping
from pathlib import Path
from re import compile as pattern

from hbtui.config import Places
from hbtui.model.errors import ArchiveError
from hbtui.trading.archiving import Archive

__all__ = ["archive_path", "kept_origins", "open_archive"]

_ORIGIN = pattern(r"[a-z0-9][a-z0-9-]{0,60}", 0)
_URL = ("postgresql://", "postgres://")


def archive_path(places: Places, origin: str) -> Path:
    """The file of an origin. Raises ``ArchiveError`` for what names none."""
    if _ORIGIN.fullmatch(origin) is None:
        message = f"{origin!r} names no exchange whose bars could be kept; HTX's is htx."
        raise ArchiveError(message)
    return places.data / "archive" / f"{origin}.sqlite"


def open_archive(
    places: Places,
    origin: str,
    *,
    where: str | Path | None = None,
    creates: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> Archive:
    """Open the archive of an origin: ``where``, else what ``HBTUI_ARCHIVE`` names, else the file in hbtui's folder.

    Raises ``ArchiveError``; also where there is none yet and ``creates`` is false.
    """
    named = where if where is not None else environ.get("HBTUI_ARCHIVE") or archive_path(places, origin)
    if str(named).startswith(_URL):
        from hbtui.storage.archive_postgres import PostgresArchive

        return PostgresArchive.open(str(named), origin)
    from hbtui.storage.archive import SqliteArchive

    path = Path(named).expanduser()
    if not creates and not path.exists():
        message = f"Nothing of {origin} was fetched yet (there is no {path}): begin with hbtui archive fetch."
        raise ArchiveError(message)
    return SqliteArchive.open(path, origin)


def kept_origins(places: Places) -> list[str]:
    """The origins of which there is a file in hbtui's folder, sorted."""
    return sorted(path.stem for path in (places.data / "archive").glob("*.sqlite") if _ORIGIN.fullmatch(path.stem))
