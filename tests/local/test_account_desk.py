"""The desk of an account as a command sets it up, on the embedded exchange."""

from dataclasses import fields
from decimal import Decimal

import pytest

from hbtui.account_desk import AccountDesk
from hbtui.config import places
from hbtui.local.ports import Planned
from hbtui.model.account import Mode
from hbtui.model.errors import JournalError
from hbtui.model.order import Confirmation, Intent, OrderRequest, OrderType, Side
from hbtui.runtime import Session, open_session
from hbtui.sim.keys import SPOT_ACCOUNT
from hbtui.target import Target
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.late_journal import LateJournal
from hbtui.trading.views import Denied
from tests.support.exchange import running_exchange


class ForgetfulJournal(LateJournal):
    """Takes intents, and cannot read those of earlier runs."""

    async def unresolved(self) -> tuple[Intent, ...]:
        """Fail as a disk does that gives an error once."""
        message = "disk I/O error"
        raise JournalError(message)


async def test_no_order_is_sent_while_what_earlier_runs_left_open_cannot_be_read() -> None:
    """A journal that takes intents but does not tell the earlier ones is no ground to judge an order on."""
    notes: list[str] = []
    order = OrderRequest(
        account_id=SPOT_ACCOUNT, symbol="dogeusdt", side=Side.BUY, type=OrderType.MARKET, amount=Decimal(20)
    )
    async with running_exchange(frozen=True) as exchange:
        async with open_session(Target(Mode.DEMO, places(), exchange_url=exchange.rest), "command") as opened:
            facts = {field.name: getattr(opened, field.name) for field in fields(opened)}
            session = Session(**{**facts, "journal": ForgetfulJournal()})
            desk = AccountDesk(session, notes.append)
            await desk.open(SPOT_ACCOUNT)
            now_ms = session.clock.now_ms()
            planned = Planned(new_client_order_id(Mode.DEMO, now_ms), order)
            with pytest.raises(Denied) as denied:
                await desk.place([planned], Confirmation(at_ms=now_ms, by="command"))
            assert await session.journal.audit(planned.client_order_id) == ()
            await desk.close()
    assert [finding.code for finding in denied.value.findings] == ["BLOCKED"]
    assert notes == ["No order can be sent: disk I/O error"]
