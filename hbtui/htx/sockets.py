"""One WebSocket connection as a list of frames every 20 ms: no redirect, no proxy, no compression, capped."""

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING

from hbtui.htx.inflate import FRAME_LIMIT
from hbtui.model.text import clean

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

__all__ = ["ConnectionLost", "Socket"]

_OPEN_LIMIT_S = 10.0
_SEND_LIMIT_S = 10.0
_CLOSE_LIMIT_S = 1.0
_GATHER_S = 0.002
_BATCH = 20_000


class ConnectionLost(Exception):
    """The connection is gone; ``str()`` says why in plain, cleaned words."""


class Socket:
    """An open connection; made by :meth:`opened`, ended by :meth:`close`."""

    def __init__(self, connection: "ClientConnection") -> None:
        self._connection = connection
        self._patience: asyncio.Timeout | None = None

    @classmethod
    async def opened(cls, address: str, tls: ssl.SSLContext) -> "Socket":
        """Connect; raise ``ConnectionLost`` where that is not possible."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidHandshake, InvalidURI

        class _WithoutRedirect(connect):
            def process_redirect(self, exc: Exception) -> Exception:
                """Take a redirect for the failure that it is."""
                return exc  # wherever the venue's name points to: the sign-in frame goes to the venue or nowhere

        logging.getLogger("websockets").setLevel(logging.WARNING)  # it logs frames, and one of them is signed
        failure = ""
        try:
            connection = await _WithoutRedirect(
                address,
                ssl=tls if address.startswith("wss:") else None,
                compression=None,  # the market's frames are gzip already
                proxy=None,
                user_agent_header="hbtui",
                open_timeout=_OPEN_LIMIT_S,
                close_timeout=_CLOSE_LIMIT_S,
                ping_interval=None,  # HTX pings by its own frames; silence is watched by the stream
                max_size=FRAME_LIMIT,
                max_queue=1,  # what is not drained stays in the kernel, and slows the sender instead of filling us
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError) as error:
            failure = _words(error)
        if failure:
            raise ConnectionLost(failure)
        return cls(connection)

    async def send(self, text: str) -> None:
        """Send one text frame; raise ``ConnectionLost`` where the other side does not take it."""
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(_SEND_LIMIT_S):
                await self._connection.send(text)
        except ConnectionClosed as closed:
            reason = _closed_words(closed)
        except TimeoutError:
            reason = "the other side does not read"
        else:
            return
        raise ConnectionLost(reason)

    async def receive(self, patience_s: float) -> list[bytes | str]:
        """Wait up to ``patience_s`` for a frame, then take all that are there; raise ``ConnectionLost`` at the end."""
        from websockets.exceptions import ConnectionClosed

        batch: list[bytes | str] = []
        try:
            async with asyncio.timeout(patience_s) as self._patience:
                batch.append(await self._connection.recv())
            self._patience = None  # what follows is short, and a finished deadline cannot be moved
            # one deadline for the whole batch: a timer a frame would cost more than reading it
            async with asyncio.timeout(_GATHER_S):
                while len(batch) < _BATCH:
                    batch.append(await self._connection.recv())
        except TimeoutError:
            return batch
        except ConnectionClosed as closed:
            reason = _closed_words(closed)
        else:
            return batch
        finally:
            self._patience = None
        if batch:
            return batch  # the end is met again by the next call
        raise ConnectionLost(reason)

    def wake(self) -> None:
        """End a waiting :meth:`receive` now: there is something to send."""
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def close(self) -> None:
        """Say goodbye (1000) within a second, and be gone in any case."""
        try:
            await self._connection.close()
        finally:
            self._connection.transport.abort()


def _closed_words(closed: Exception) -> str:
    from websockets.exceptions import ConnectionClosed

    received = closed.rcvd if isinstance(closed, ConnectionClosed) else None
    if received is None:
        return "the connection broke"
    said = f": {clean(received.reason, 80)}" if received.reason else ""
    return f"the venue closed the connection ({received.code}{said})"


def _words(error: Exception) -> str:
    from websockets.exceptions import InvalidStatus

    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        followed = ", a redirect, which is never followed" if 300 <= status < 400 else ""
        return f"the venue did not open the stream (HTTP {status}{followed})"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the certificate of the other side is not HTX's"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return "no connection could be made" if isinstance(error, OSError) else "the other side does not speak WebSocket"
