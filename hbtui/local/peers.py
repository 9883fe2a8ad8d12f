"""Who is at the other end of a local socket."""

import os
import socket
import struct

__all__ = ["is_same_user", "peer_user"]

_LOCAL_LEVEL, _LOCAL_PEERCRED = 0, 1  # <sys/un.h> of macOS and the BSDs; Python names neither
_LINUX = struct.Struct("3i")  # pid, uid, gid
_BSD = struct.Struct("=II")  # version, uid, and groups that do not matter here


def peer_user(connection: socket.socket) -> int | None:
    """The user id of the process at the other end; ``None`` where the system does not tell."""
    linux = getattr(socket, "SO_PEERCRED", None)
    try:
        if linux is not None:
            raw = connection.getsockopt(socket.SOL_SOCKET, linux, _LINUX.size)
            return int(_LINUX.unpack(raw)[1])
        raw = connection.getsockopt(_LOCAL_LEVEL, _LOCAL_PEERCRED, 128)
        return int(_BSD.unpack(raw[: _BSD.size])[1])
    except (OSError, struct.error):
        return None


def is_same_user(user: int | None, own: int | None = None) -> bool:
    """Whether a peer may be served; where the system tells no user, the private folder alone has to keep others out."""
    return user is None or user == (os.geteuid() if own is None else own)
