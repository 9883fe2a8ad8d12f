"""Settings are read strictly, from the user's own file only, and numbers keep every digit."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hbtui.config import ConfigError
from hbtui.model.account import Mode
from hbtui.settings import SETTINGS_NAME, Settings, caps_of, read_settings
from hbtui.trading.views import Caps


def write(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    """Write the file of settings with the given mode."""
    path = folder / SETTINGS_NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_without_a_file_the_defaults_hold_and_nothing_is_made(tmp_path: Path) -> None:
    """Live is low until it is raised, demo is generous, and the folder need not exist."""
    folder = tmp_path / "none"
    found = read_settings(folder)
    assert found == Settings()
    assert caps_of(found, Mode.LIVE) == Caps(
        order_value=Decimal(100), open_value=Decimal(500), session_value=Decimal(2000)
    )
    assert caps_of(found, Mode.DEMO) == Caps(
        order_value=Decimal(10000), open_value=Decimal(50000), session_value=Decimal(200000)
    )
    assert caps_of(found, Mode.PAPER) == caps_of(found, Mode.DEMO)
    assert found.switch_s == 0
    assert not folder.exists()


def test_what_is_named_is_set_and_the_rest_stays(tmp_path: Path) -> None:
    """Each limit is set by itself; "none" lifts one; fractions keep every digit."""
    write(
        tmp_path,
        '\ufeff[limits.live]\nmax_order_value = 250.10\nmax_session_value = "none"\n'
        "[limits.demo]\nmax_open_value = 1_000\n[dead_mans_switch]\nseconds = 30\n",
    )
    found = read_settings(tmp_path)
    assert caps_of(found, Mode.LIVE) == Caps(order_value=Decimal("250.10"), open_value=Decimal(500))
    assert caps_of(found, Mode.DEMO).open_value == Decimal(1000)
    assert caps_of(found, Mode.DEMO).order_value == Decimal(10000)
    assert found.switch_s == 30


@pytest.mark.parametrize("text", ["", "# nothing\n", "[limits]\n", "[limits.live]\n", "[dead_mans_switch]\n"])
def test_an_empty_file_is_the_defaults(tmp_path: Path, text: str) -> None:
    """Tables may be empty."""
    write(tmp_path, text)
    assert read_settings(tmp_path) == Settings()


VALUE = "max_order_value"
LIVE = "[limits.live]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exchange = 'https://evil.test'", "'exchange' is no setting; the file takes limits, dead_mans_switch"),
        ("[limits]\nlive = 3", "limits.live must be a table, written as [limits.live]"),
        ("limits = 3", "limits must be a table"),
        ("[[limits]]", "limits must be a table"),
        ("[limits.paper]", "'paper' is no setting; [limits] takes live, demo"),
        (LIVE + "max_oder_value = 5", "'max_oder_value' is no setting; [limits.live] takes max_order_value"),
        ("[dead_mans_switch]\nsecond = 5", "[dead_mans_switch] takes seconds"),
        (f"{LIVE}{VALUE} = -1", "limits.live.max_order_value is -1; it must be a plain number of USDT"),
        (f"{LIVE}{VALUE} = -0.5", "is -0.5; it must be"),
        (f"{LIVE}{VALUE} = 1e3", "is 1e3; it must be"),
        (f"{LIVE}{VALUE} = inf", "is inf; it must be"),
        (f"{LIVE}{VALUE} = nan", "is nan; it must be"),
        (f"{LIVE}{VALUE} = 1_000.5", "is 1_000.5; it must be"),
        (f"{LIVE}{VALUE} = 1000000000000001", "is 1000000000000001; it must be"),
        (f"{LIVE}{VALUE} = true", "is true; it must be"),
        (f"{LIVE}{VALUE} = '100'", "is 100; it must be"),
        (f"{LIVE}{VALUE} = 'None'", "is None; it must be"),
        (f"{LIVE}{VALUE} = [1]", "it must be"),
        (f"{LIVE}{VALUE} = 2024-01-01", "it must be"),
        (f"{LIVE}{VALUE} = 1\n{VALUE} = 2", "is not TOML"),
        (f"{LIVE}{VALUE} = {'9' * 5000}", "is not TOML"),
        ("[dead_mans_switch]\nseconds = 29", "dead_mans_switch.seconds is 29; it must be 0 (off)"),
        ("[dead_mans_switch]\nseconds = 86401", "is 86401; it must be"),
        ("[dead_mans_switch]\nseconds = -30", "it must be"),
        ("[dead_mans_switch]\nseconds = 60.0", "is 60.0; it must be"),
        ("[dead_mans_switch]\nseconds = false", "is false; it must be"),
        ("[dead_mans_switch]\nseconds = '60'", "it must be"),
        ("][", "is not TOML"),
        ("x = " + "[" * 20_000, "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        ("#" * (64 * 1024 + 1), "too large"),
    ],
)
def test_what_is_not_allowed_is_refused_with_file_key_and_rule(tmp_path: Path, text: str | bytes, words: str) -> None:
    """A limit that is misspelt or mistyped never quietly turns into another one."""
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        read_settings(tmp_path)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("seconds", [0, 30, 31, 86_400])
def test_the_switch_takes_what_it_may(tmp_path: Path, seconds: int) -> None:
    """Off, or from thirty seconds to a day."""
    write(tmp_path, f"[dead_mans_switch]\nseconds = {seconds}\n")
    assert read_settings(tmp_path).switch_s == seconds


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o777])
def test_a_file_that_others_can_change_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    """Who can write the limits can lift them."""
    write(tmp_path, "", mode)
    with pytest.raises(ConfigError, match="chmod go-w"):
        read_settings(tmp_path)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400])
def test_a_file_that_others_can_merely_read_is_taken(tmp_path: Path, mode: int) -> None:
    """There is nothing secret in it."""
    write(tmp_path, "[dead_mans_switch]\nseconds = 45\n", mode)
    assert read_settings(tmp_path).switch_s == 45


def test_what_is_not_a_file_of_ones_own_is_refused(tmp_path: Path) -> None:
    """A link, a folder and a pipe are no settings, and none of them holds the program up."""
    real = tmp_path / "real.toml"
    real.write_text("")
    link = tmp_path / "link"
    link.mkdir()
    (link / SETTINGS_NAME).symlink_to(real)
    with pytest.raises(ConfigError, match="symbolic link"):
        read_settings(link)
    (tmp_path / "folder" / SETTINGS_NAME).mkdir(parents=True)
    with pytest.raises(ConfigError, match="not a regular file"):
        read_settings(tmp_path / "folder")
    pipe = tmp_path / "pipe"
    pipe.mkdir()
    os.mkfifo(pipe / SETTINGS_NAME, 0o600)
    with pytest.raises(ConfigError, match="not a regular file"):
        read_settings(pipe)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings(tmp_path / ("x" * 300))
    assert read_settings(real) == Settings(), "in what is no folder there is no file either"


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give files away")
def test_another_users_file_is_refused(tmp_path: Path) -> None:
    """Somebody else's limits are not ours."""
    os.chown(write(tmp_path, ""), 12345, -1)
    with pytest.raises(ConfigError, match="another user"):
        read_settings(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=8))
def test_a_number_is_read_to_its_last_digit(tmp_path: Path, number: Decimal) -> None:
    """What stands in the file is the limit, exactly."""
    write(tmp_path, f"{LIVE}{VALUE} = {number:f}\n")
    assert caps_of(read_settings(tmp_path), Mode.LIVE).order_value == number


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_file_is_settings_or_a_refusal(tmp_path: Path, raw: bytes) -> None:
    """No bytes at all break the reading, and a refusal has no control character in it."""
    write(tmp_path, raw)
    try:
        said = str(read_settings(tmp_path))
    except ConfigError as refused:
        said = str(refused)
    assert said.isprintable()
