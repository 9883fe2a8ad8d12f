"""What can go wrong between this program and a venue, as one tree.

::

    ExchangeError              every error below; ``title`` heads a dialog, ``str()`` is a whole sentence
    ├── NetworkError           no answer: no network, name not found, timeout, TLS
    ├── AnswerError            an answer that cannot be read: junk, too large, redirect, not JSON
    └── VenueError             an answer that says no; ``code`` is the venue's
        ├── AuthenticationError    wrong key, wrong secret, IP not bound, clock off, key expired
        ├── RateLimited            asked too often; ``retry_after_s`` where known
        ├── MaintenanceError       the venue is closed for now
        └── NotFound               unknown symbol, order or account

Every text in them is cleaned (no escape sequence, no control character) and holds no key, signature or signed URL.
"""

__all__ = [
    "AnswerError",
    "ArchiveError",
    "AuthenticationError",
    "ExchangeError",
    "JournalError",
    "MaintenanceError",
    "NetworkError",
    "NotFound",
    "RateLimited",
    "VenueError",
]


class ExchangeError(Exception):
    """Base of all; ``advice`` is what a person can do about it, one sentence, or empty."""

    title = "The exchange could not be asked"

    def __init__(self, text: str, *, advice: str = "") -> None:
        """Keep the sentence and the advice."""
        super().__init__(text)
        self.advice = advice


class NetworkError(ExchangeError):
    """There was no answer."""

    title = "No connection"


class AnswerError(ExchangeError):
    """The answer cannot be read."""

    title = "The exchange's answer cannot be read"


class VenueError(ExchangeError):
    """The venue answered with an error."""

    title = "The exchange refused"

    def __init__(self, code: str, text: str, *, advice: str = "") -> None:
        """Keep the venue's code beside the sentence."""
        super().__init__(text, advice=advice)
        self.code = code


class AuthenticationError(VenueError):
    """The key, its secret, its IP binding or the clock is not right."""

    title = "The exchange does not accept the key"


class RateLimited(VenueError):
    """Asked too often."""

    title = "Too many requests"

    def __init__(self, code: str, text: str, *, advice: str = "", retry_after_s: float | None = None) -> None:
        """Keep how long to wait, in seconds, where the venue said it."""
        super().__init__(code, text, advice=advice)
        self.retry_after_s = retry_after_s


class MaintenanceError(VenueError):
    """The venue is closed for now."""

    title = "The exchange is in maintenance"


class NotFound(VenueError):
    """There is no such symbol, order or account, or no longer."""

    title = "Not found"


class JournalError(Exception):
    """The journal cannot be read or written: no order may be sent. ``str()`` is a whole sentence."""


class ArchiveError(Exception):
    """The archive of bars cannot be read or written. ``str()`` is a whole sentence."""
