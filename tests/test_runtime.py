"""Where a session's journal lies, and what is kept of those before."""

from pathlib import Path

from hbtui.config import places
from hbtui.model.account import Mode
from hbtui.runtime import open_session
from hbtui.target import Target
from tests.support.exchange import running_exchange


def journals(home: Path) -> list[str]:
    """Name the journals of a home."""
    return sorted(path.name for path in home.rglob("journals/*.sqlite"))


async def test_one_exchange_has_one_journal_however_it_is_spelt(own_home: Path) -> None:
    """A slash at the end and the name of this computer lead to the same journal, so that no intent is overlooked."""
    async with running_exchange(frozen=True) as exchange:
        for url in (exchange.rest, f"{exchange.rest}/", f"http://localhost:{exchange.port}"):
            async with open_session(Target(Mode.DEMO, places(), exchange_url=url)) as session:
                await session.open_journal(9)
    assert journals(own_home) == [f"exchange-127-0-0-1-{exchange.port}-9.sqlite"]
