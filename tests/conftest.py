"""What every test stands on: no leaking environment, a home of its own, repeatable examples."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors]
)
# where only whether a fault is found counts, the smallest example of it does not
settings.register_profile("faults", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--long``: the proofs that take minutes."""
    parser.addoption("--long", action="store_true", help="also run the proofs that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long proofs out unless they are asked for."""
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="a long proof: runs with --long")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own and an environment without keys, proxies or Textual switches."""
    for name in list(os.environ):
        # the test runner's own size of a terminal is not that of the terminals that the tests open
        if (
            name in {"COLUMNS", "LINES"}
            or name.startswith(("HTX_", "HBTUI_", "TEXTUAL_"))
            or name.lower().endswith("_proxy")
        ):
            monkeypatch.delenv(name)
    home = tmp_path / "hbtui-home"
    monkeypatch.setenv("HBTUI_HOME", str(home))
    return home
