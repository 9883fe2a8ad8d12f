"""Where a session's journal lies, and what is kept of those before."""

from pathlib import Path

from hbtui.account_journal import former_paths, journal_path
from hbtui.config import places
from hbtui.model.account import Mode
from hbtui.model.secret import Secret
from hbtui.runtime import Session, open_session
from hbtui.storage.journal import Journal
from hbtui.target import Target
from hbtui.trading.desk import Desk
from hbtui.trading.guard import Guard
from hbtui.trading.shared_desk import SharedDesk
from tests.support.exchange import running_exchange
from tests.support.trading_values import intent


def write_settings(home: Path, text: str) -> None:
    """Write the user's settings."""
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text(text)


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


async def test_what_an_earlier_version_kept_is_taken_over(own_home: Path) -> None:
    """A journal under the exchange's name alone, with an order in doubt, becomes the account's, and goes."""
    async with running_exchange(frozen=True) as exchange:
        old = own_home / "journals" / f"exchange-127-0-0-1-{exchange.port}.sqlite"
        async with Journal.open(old) as journal:
            await journal.record_intent(doubtful := intent())
        async with open_session(Target(Mode.DEMO, places(), exchange_url=exchange.rest)) as session:
            await session.open_journal(9)
            assert [one.client_order_id for one in await session.journal.unresolved()] == [doubtful.client_order_id]
    assert journals(own_home) == [f"exchange-127-0-0-1-{exchange.port}-9.sqlite"]


def test_a_live_journal_is_the_accounts_and_was_the_keys(own_home: Path) -> None:
    """Another key of the same account finds the same journal; what was named by a key is found by that key alone."""
    target = Target(Mode.LIVE, places())
    assert journal_path(target, "api.huobi.pro", 42) == own_home / "journals" / "live-42.sqlite"
    assert journal_path(target, "api-aws.huobi.pro", 42) == journal_path(target, "api.huobi.pro", 42)
    (one,), (other,) = (former_paths(target, "api.huobi.pro", Secret(key)) for key in ("first", "second"))
    assert one != other
    assert "first" not in str(one)


async def test_the_switch_of_the_settings_is_armed_once_orders_can_be_sent(own_home: Path) -> None:
    """Whoever holds the account is told the seconds when its desk is lent; one that only reads is not."""
    write_settings(own_home, "[dead_mans_switch]\nseconds = 45\n")
    armed: list[int] = []
    async with running_exchange(frozen=True) as exchange:
        target = Target(Mode.DEMO, places(), exchange_url=exchange.rest)
        for heard in ([45], [45]):
            async with open_session(target, arm_switch=armed.append) as session, open_session(target) as second:
                await session.open_journal(9)
                session.share(shared_desk(session))
                await second.open_journal(9)
                second.arm_switch = lambda: armed.append(0)
                second.share(shared_desk(second))
                assert armed == heard
            armed.clear()


def shared_desk(session: Session) -> SharedDesk:
    """A desk that nobody sends with."""
    desk = Desk(exchange=session.exchange, journal=session.journal, clock=session.clock, mode=Mode.DEMO)
    return SharedDesk(desk=desk, guard=Guard(), account_id=9, blocked=str, follow=lambda _: None)
