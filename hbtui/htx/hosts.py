"""Where the client may connect: HTX's own hosts over TLS, or this very computer. Nothing else can be named."""

from collections.abc import Mapping
from dataclasses import dataclass
from re import compile as pattern

__all__ = ["HostRefused", "Hosts"]

_LIVE = frozenset({"api.huobi.pro", "api-aws.huobi.pro"})
# matched whole and in ASCII: user info, '@', '#', '?', '%', trailing dots and other scripts do not fit the pattern
_ADDRESS = pattern(
    r"(?P<scheme>https?|wss?)://(?P<host>[a-z0-9.-]+|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[a-z0-9/]*)?", 0
)
_LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "[::1]": "[::1]"}
_PATHS = {"rest": "", "market_ws": "/ws", "feed_ws": "/feed", "private_ws": "/ws/v2"}


class HostRefused(ValueError):
    """An address that this program does not talk to; ``str()`` says why."""


def _refuse(address: str, why: str) -> HostRefused:
    shown = "".join(char if char.isprintable() and char.isascii() else "·" for char in address[:80])
    return HostRefused(f"{shown!r} is not an address that hbtui connects to: {why}.")


def _checked(address: str, *, is_live: bool, is_socket: bool, path: str) -> str:
    """Return the address in its one accepted spelling, or raise ``HostRefused``."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise _refuse(address, "only scheme://host[:port] is accepted, without user, path, '#' or other characters")
    scheme, host, port = match["scheme"], match["host"], match["port"]
    if (match["path"] or "").rstrip("/") != path:
        raise _refuse(address, f"its path must be {path!r}")
    if (scheme in {"ws", "wss"}) is not is_socket:
        raise _refuse(address, f"{scheme} is the wrong scheme here")
    if is_live:
        if host not in _LIVE or scheme not in {"https", "wss"} or port not in {None, "443"}:
            raise _refuse(address, "live means HTX's own hosts over TLS, on port 443")
        return f"{scheme}://{host}{path}"
    if host not in _LOOPBACK or scheme not in {"http", "ws"}:
        raise _refuse(address, "an embedded exchange is reached over http on this computer only (127.0.0.1)")
    if port is None or not 0 < int(port) < 65_536:
        raise _refuse(address, "the embedded exchange's port is missing or out of range")
    # "localhost" is never asked of a resolver: whoever answers for it would be trusted
    return f"{scheme}://{_LOOPBACK[host]}:{int(port)}{path}"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The four addresses of one venue, checked when made: all live, or all on this computer.

    Source: HTX docs, "Access URLs" (REST, ``/ws``, ``/feed``, ``/ws/v2``).
    """

    rest: str
    market_ws: str
    feed_ws: str
    private_ws: str
    is_live: bool

    def __post_init__(self) -> None:
        for name, path in _PATHS.items():
            address = _checked(getattr(self, name), is_live=self.is_live, is_socket=name != "rest", path=path)
            object.__setattr__(self, name, address)

    @classmethod
    def live(cls, *, aws: bool = False) -> "Hosts":
        """HTX itself; ``aws`` names the host that is nearer to Amazon's Tokyo region."""
        host = "api-aws.huobi.pro" if aws else "api.huobi.pro"
        return cls(f"https://{host}", f"wss://{host}/ws", f"wss://{host}/feed", f"wss://{host}/ws/v2", is_live=True)

    @classmethod
    def loopback(cls, rest: str) -> "Hosts":
        """An embedded exchange on this computer, ``http://127.0.0.1:PORT``; raises ``HostRefused`` for all else."""
        root = _checked(rest, is_live=False, is_socket=False, path="")
        socket = "ws" + root.removeprefix("http")
        return cls(root, f"{socket}/ws", f"{socket}/feed", f"{socket}/ws/v2", is_live=False)

    @classmethod
    def from_ready_line(cls, line: Mapping[str, object]) -> "Hosts":
        """The addresses that ``hbtui exchange`` prints when ready; raises ``HostRefused`` for all but loopback."""
        missing = [name for name in _PATHS if not isinstance(line.get(name), str)]
        if missing:
            raise HostRefused(f"The embedded exchange did not say its address: {', '.join(missing)} is missing.")
        rest, market_ws, feed_ws, private_ws = (str(line[name]) for name in _PATHS)
        return cls(rest, market_ws, feed_ws, private_ws, is_live=False)

    @property
    def name(self) -> str:
        """Host, and port where it is not the usual one: what the ``Host`` header says, what is signed and shown."""
        return self.rest.split("://", 1)[1]
