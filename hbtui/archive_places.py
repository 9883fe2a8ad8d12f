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
_OTHER_URL = pattern(r"[A-Za-z][A-Za-z0-9+.-]+:/|[Pp]ostgres[A-Za-z]*:|.*password *=", 0)
_SCHEMES = ("postgresql://", "postgres://")


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

    Raises ``ArchiveError``; also where there is none yet and ``creates`` is false: then a damaged one is left as it is.
    """
    named = where if where is not None else environ.get("HBTUI_ARCHIVE") or archive_path(places, origin)
    if _is_server(str(named)):
        from hbtui.storage.archive_postgres import PostgresArchive

        return PostgresArchive.open(str(named), origin, creates=creates)
    from hbtui.storage.archive import SqliteArchive

    path = Path(named).expanduser()
    if not creates and not path.exists():
        message = f"Nothing of {origin} was fetched yet (there is no {path}): begin with hbtui archive fetch."
        raise ArchiveError(message)
    return SqliteArchive.open(path, origin, creates=creates)


def kept_origins(places: Places, environ: Mapping[str, str] = os.environ) -> list[str]:
    """The origins that are kept, sorted: by the files in hbtui's folder, or on the server that is named.

    A single file that is named says itself whose it is. Raises ``ArchiveError``.
    """
    named = environ.get("HBTUI_ARCHIVE", "")
    if _is_server(named):
        from hbtui.storage.postgres_opening import kept_on_server

        return kept_on_server(named)
    if named:
        from hbtui.storage.archive import origin_of

        return [origin_of(Path(named).expanduser())]
    return sorted(path.stem for path in (places.data / "archive").glob("*.sqlite") if _ORIGIN.fullmatch(path.stem))


def _is_server(named: str) -> bool:
    """Whether a server is named, and not a file; raises ``ArchiveError`` for a URL of another kind, unseen."""
    if named.lower().startswith(_SCHEMES):
        return True
    if _OTHER_URL.match(named):
        # taken for a file, its password would be the name of a folder
        message = "The archive's URL begins with postgresql:// (anything else is the path of a file)."
        raise ArchiveError(message)
    return False
