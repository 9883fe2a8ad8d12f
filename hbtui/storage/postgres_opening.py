"""Opens the archive's server from a URL whose password is in no word that gets out."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from hbtui.model.errors import ArchiveError
from hbtui.model.secret import Secret
from hbtui.model.text import clean
from hbtui.storage.postgres_rows import INCOMING, is_postgres
from hbtui.storage.postgres_schema import migrate, origins_in, schema_of

if TYPE_CHECKING:
    from psycopg import Connection, Error

__all__ = ["connected", "entered", "kept_on_server", "prepared", "said"]

_SHAPE = (
    "The archive's URL cannot be read: it looks like postgresql://user:password@host:5432/database, and in the user and"
    " the password every / @ : ? # and % is written as %2F %40 %3A %3F %23 and %25."
)


def connected(secret: Secret) -> "Connection[Any]":
    """Connect to the server that a URL names; raises ``ArchiveError`` without a word of its password."""
    import psycopg

    _require_url(secret.reveal())
    failure = ""
    try:
        return psycopg.connect(secret.reveal(), autocommit=True, connect_timeout=10, application_name="hbtui")
    except psycopg.Error as error:
        failure = said(error, secret)
    except (ValueError, OSError) as error:  # a host's name that no resolver takes
        failure = type(error).__name__
    message = f"The archive's server cannot be used: {failure}."
    raise ArchiveError(message)


def prepared(connection: "Connection[Any]", origin: str, *, creates: bool) -> bool:
    """Make or update an origin's tables and work in them; whether bars lie in partitions by month.

    Raises ``ArchiveError``: its tables are newer, another's, or not there where none may be made.
    """
    is_partitioned = is_postgres(connection)
    if not creates and origin not in origins_in(connection):
        message = f"Nothing of {origin} was fetched yet: begin with hbtui archive fetch."
        raise ArchiveError(message)
    migrate(connection, origin, is_partitioned=is_partitioned)
    connection.execute(INCOMING)
    return is_partitioned


def entered(secret: Secret, origin: str) -> "Connection[Any]":
    """Connect again, to tables that were prepared before; raises ``ArchiveError``."""
    from psycopg import sql

    connection = connected(secret)
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema_of(origin))))
    connection.execute(INCOMING)
    return connection


def kept_on_server(url: str) -> list[str]:
    """The origins of which there are tables on a server, sorted; raises ``ArchiveError``."""
    import psycopg

    secret, failure = Secret(url), ""
    with connected(secret) as connection:
        try:
            return origins_in(connection)
        except psycopg.Error as error:
            failure = said(error, secret)
    message = f"The archive's server cannot be used: {failure}."
    raise ArchiveError(message)


def said(error: "Error", secret: Secret) -> str:
    """The first line of what went wrong, without the password of the URL."""
    text = clean(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__, 300)
    for word in _secret_words(secret.reveal()):
        text = text.replace(word, "…")
    return text.rstrip(".")


def _require_url(url: str) -> None:
    """Refuse what a parser could take apart elsewhere than meant: a piece of the password would be a host or a port."""
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    is_read = False
    with suppress(Error, ValueError):
        is_read = url.count("@") == urlsplit(url).netloc.count("@") <= 1 and bool(conninfo_to_dict(url))
    if not is_read:
        raise ArchiveError(_SHAPE)


def _secret_words(url: str) -> set[str]:
    """What must not be told: the URL, and its password as it is written and as it is meant."""
    from psycopg.conninfo import conninfo_to_dict

    password = urlsplit(url).password or ""
    told = {str(value) for name, value in conninfo_to_dict(url).items() if "password" in name and value}
    return {word for word in (url, password, unquote(password), *told) if word}
