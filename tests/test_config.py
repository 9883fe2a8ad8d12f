"""Keys are read from the right file only, and only from a file that nobody else can touch."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from hbtui.config import ACCESS_KEY, SECRET_KEY, ConfigError, find_keys, places
from hbtui.target import make_target

BOTH = f"{ACCESS_KEY}=aaaa1111-bbbb2222-cccc3333-dddd4\n{SECRET_KEY}=eeee5555-ffff6666-7777aaaa-8888b\n"


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    """Write a file of keys with the given mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_named_file_comes_before_the_folders_and_the_homes(tmp_path: Path) -> None:
    """``--env`` wins over ``./.env``, which wins over the one in the config folder."""
    folder, config = tmp_path / "here", tmp_path / "config"
    named = write(tmp_path / "named.env", BOTH)
    write(folder / ".env", BOTH)
    write(config / ".env", BOTH)
    assert find_keys(named, folder=folder, config=config).path == named
    assert find_keys(None, folder=folder, config=config).path == folder / ".env"
    (folder / ".env").unlink()
    assert find_keys(None, folder=folder, config=config).path == config / ".env"


def test_the_search_does_not_walk_up(tmp_path: Path) -> None:
    """A ``.env`` in a parent folder is never read."""
    write(tmp_path / ".env", BOTH)
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(ConfigError, match="No API key found"):
        find_keys(None, folder=inner, config=tmp_path / "none")


def test_another_projects_env_is_passed_over(tmp_path: Path) -> None:
    """A ``.env`` without our keys, even one that others can read, is not ours to judge."""
    write(tmp_path / ".env", "DATABASE_URL=postgres://x\n", 0o644)
    config = tmp_path / "config"
    write(config / ".env", BOTH)
    assert find_keys(None, folder=tmp_path, config=config).path == config / ".env"


@pytest.mark.parametrize("missing", [ACCESS_KEY, SECRET_KEY])
def test_one_key_alone_is_refused_by_name(tmp_path: Path, missing: str) -> None:
    """A file with only one of the two keys says which one is missing."""
    kept = [line for line in BOTH.splitlines() if not line.startswith(missing)]
    named = write(tmp_path / "k.env", "\n".join(kept))
    with pytest.raises(ConfigError, match=f"{missing} is missing"):
        find_keys(named, folder=tmp_path, config=tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o777])
def test_a_file_that_others_can_read_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    """Any group or other bit refuses the file and names the command that mends it."""
    named = write(tmp_path / "k.env", BOTH, mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        find_keys(named, folder=tmp_path, config=tmp_path)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """Somebody else's link must not lead us to a file of their choice."""
    write(tmp_path / "real.env", BOTH)
    (tmp_path / "link.env").symlink_to(tmp_path / "real.env")
    with pytest.raises(ConfigError, match="symbolic link"):
        find_keys(tmp_path / "link.env", folder=tmp_path, config=tmp_path)


def test_a_hard_link_is_refused(tmp_path: Path) -> None:
    """A second name of the file may lie where others can reach it."""
    named = write(tmp_path / "k.env", BOTH)
    os.link(named, tmp_path / "second")
    with pytest.raises(ConfigError, match="hard link"):
        find_keys(named, folder=tmp_path, config=tmp_path)


def test_a_named_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """``--env`` with a wrong path does not fall back to another file."""
    write(tmp_path / ".env", BOTH)
    with pytest.raises(ConfigError, match="no file"):
        find_keys(tmp_path / "typo.env", folder=tmp_path, config=tmp_path)


def test_a_dollar_in_a_secret_stays_a_dollar_and_the_environment_stays_clean(tmp_path: Path) -> None:
    """Nothing is interpolated into a secret, and reading exports nothing."""
    named = write(tmp_path / "k.env", f"{ACCESS_KEY}=abcd\n{SECRET_KEY}=a${{HOME}}$b\n")
    keys = find_keys(named, folder=tmp_path, config=tmp_path).credentials
    assert keys.secret_key.reveal() == "a${HOME}$b"
    assert SECRET_KEY not in os.environ
    assert "a$" not in repr(keys)


def test_white_space_or_escapes_inside_a_key_are_refused(tmp_path: Path) -> None:
    """What was pasted wrongly is named instead of being sent to the exchange."""
    named = write(tmp_path / "k.env", f'{ACCESS_KEY}="ab cd"\n{SECRET_KEY}=x\n')
    with pytest.raises(ConfigError, match=ACCESS_KEY):
        find_keys(named, folder=tmp_path, config=tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 give a sentence, not a traceback."""
    named = tmp_path / "k.env"
    named.write_bytes(b"\xff\xfe\x00")
    named.chmod(0o600)
    with pytest.raises(ConfigError, match="UTF-8"):
        find_keys(named, folder=tmp_path, config=tmp_path)


def test_home_moves_every_folder(tmp_path: Path) -> None:
    """``HBTUI_HOME`` puts config, data and logs under one folder; without it they lie apart from it."""
    moved = places({"HBTUI_HOME": str(tmp_path)})
    assert all(folder.is_relative_to(tmp_path) for folder in (moved.config, moved.data, moved.logs))
    assert not places({}).data.is_relative_to(tmp_path)


@pytest.mark.parametrize("home", ["~no-such-user-anywhere", "~no-such-user-anywhere/hbtui"])
def test_a_home_of_nobody_is_a_sentence(home: str) -> None:
    """``HBTUI_HOME`` that names another user's folder, who is not there, is refused with what to write instead."""
    with pytest.raises(ConfigError, match="HBTUI_HOME"):
        places({"HBTUI_HOME": home})


def test_a_current_folder_that_is_gone_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started in a folder that was deleted, live says so; a relative ``HBTUI_HOME`` leads nowhere there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigError, match="HBTUI_HOME"):
        places({"HBTUI_HOME": "relative"})
    with ExitStack() as stack, pytest.raises(ConfigError, match="current folder is gone"):
        make_target(stack, live=True)


@pytest.mark.parametrize("name", ["", ".", "/", "x" * 5000, "/dev/zero"])
def test_what_cannot_be_a_file_of_keys_is_a_sentence(tmp_path: Path, name: str) -> None:
    """A folder, a device or a name that no system takes is refused, without a traceback and without reading on."""
    with pytest.raises(ConfigError, match=r"regular file|cannot be read"):
        find_keys(Path(name), folder=tmp_path, config=tmp_path)
