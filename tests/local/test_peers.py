"""Who is at the other end of a socket."""

import os
import socket

from hbtui.local.peers import is_same_user, peer_user


def test_the_system_names_the_peers_user() -> None:
    """Both ends of a pair belong to this user; a socket that is gone names nobody."""
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert peer_user(one) == os.geteuid()
    assert peer_user(one) is None


def test_only_the_same_user_is_served() -> None:
    """Another user id is refused, the superuser's too; where the system tells none, the folder's mode decides."""
    assert is_same_user(1000, own=1000)
    assert not is_same_user(1001, own=1000)
    assert not is_same_user(0, own=1000)
    assert is_same_user(None, own=1000)
    assert is_same_user(os.geteuid())
