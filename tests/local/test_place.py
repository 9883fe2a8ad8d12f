"""Where the socket lies: the same for all of one journal's processes, and never where others can reach it."""

import os
import tempfile
from pathlib import Path

import pytest

from hbtui.local.place import private_folder, socket_paths


def test_the_path_is_named_by_the_journal_and_short_enough() -> None:
    """Two journals have two sockets; a folder too deep for a socket's path is left out, and one always remains."""
    deep = Path("/home/someone") / ("x" * 200) / "journals" / "live-9.sqlite"
    other = deep.with_name("live-10.sqlite")
    assert socket_paths(deep, {}) == socket_paths(deep, {})
    assert set(socket_paths(deep, {})).isdisjoint(socket_paths(other, {}))
    (left,) = socket_paths(deep, {})
    assert left.parent == Path(tempfile.gettempdir()) / f"hbtui-{os.geteuid()}"
    assert all(len(os.fsencode(path)) < 104 for path in socket_paths(deep, {"XDG_RUNTIME_DIR": "/run/user/0"}))


def test_the_systems_folder_comes_first_unless_everything_is_kept_at_home() -> None:
    """``XDG_RUNTIME_DIR`` is preferred; a relative one is none; ``HBTUI_HOME`` keeps the socket beside the journal."""
    journal = Path("/home/a/journals/live-9.sqlite")
    assert socket_paths(journal, {"XDG_RUNTIME_DIR": "/run/user/7"})[0].parent == Path("/run/user/7/hbtui")
    for environ in ({"XDG_RUNTIME_DIR": "here"}, {"XDG_RUNTIME_DIR": "/run/user/7", "HBTUI_HOME": "/home/a"}):
        assert socket_paths(journal, environ)[0].parent == Path("/home/a/journals/sockets")


def test_a_folder_is_made_private(tmp_path: Path) -> None:
    """A new folder is 0700, whatever the umask."""
    before = os.umask(0)
    try:
        assert private_folder(tmp_path / "new") == ""
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o710, 0o701])
def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others is one too many."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    assert "entered by others" in private_folder(tmp_path / "open")


def test_a_link_a_file_and_a_stranger_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link is not followed, a file is no folder, and another user's folder is not ours."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").write_text("")
    assert "a link" in private_folder(tmp_path / "link")
    assert private_folder(tmp_path / "file") != ""
    assert private_folder(tmp_path / "file" / "below") != ""
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert "another user" in private_folder(tmp_path / "real")
