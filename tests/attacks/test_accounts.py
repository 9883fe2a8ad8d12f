"""Orders from every kind of account over real sockets: lost answers, caps, cancels and restarts are alike for all."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.model.account import SOURCES
from hbtui.model.order import OrderRequest, OrderState
from hbtui.sim.keys import C2C_MARGIN_ACCOUNT, MARGIN_ACCOUNTS, SPOT_ACCOUNT, SUPER_MARGIN_ACCOUNT
from hbtui.sim.options import CROSS_OPENING
from hbtui.trading.views import Caps, Denied
from tests.catalogue.rig import PLACE, SYMBOL, Rig, rig

ACCOUNTS = {
    "margin": MARGIN_ACCOUNTS[SYMBOL],
    "super-margin": SUPER_MARGIN_ACCOUNT,
    "c2c-margin": C2C_MARGIN_ACCOUNT,
}


def request_from(it: Rig, kind: str, amount: str = "1000") -> OrderRequest:
    """Ask for something that rests, from an account of this kind."""
    return replace(it.request(amount=amount), account_id=ACCOUNTS[kind], source=SOURCES[kind])


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_a_lost_answer_is_found_and_cancel_all_reaches_the_order(tmp_path: Path, kind: str) -> None:
    """An order from any account whose answer is lost is found there, over a restart too, and cancel-all ends it."""
    with rig(tmp_path, c2c_balances=CROSS_OPENING) as it:
        it.mute()
        it.exchange.fault(PLACE, "drop-answer")
        key = it.place(request_from(it, kind))
        it.until_passing(lambda _: it.state(key) is OrderState.SUBMITTED, 3.0, step_s=0.1)
        assert it.was_unknown(key)
        truth = it.truth(key)
        assert truth is not None
        assert (truth["account-id"], truth["source"]) == (ACCOUNTS[kind], SOURCES[kind])
        it.stop()
        it.start()
        it.until_state(key, OrderState.SUBMITTED)
        assert (it.order(key).account_id, it.order(key).is_external) == (ACCOUNTS[kind], False)
        it.engine.cancel_all()
        it.until_passing(lambda _: it.has_told("Cancel all", "none is open now"), 60, step_s=1)
        it.until_found(key, OrderState.CANCELED)


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_the_caps_and_the_money_are_those_of_all_accounts_and_of_the_one(tmp_path: Path, kind: str) -> None:
    """What is open anywhere counts against the cap; the balance that an order needs is its own account's alone."""
    with rig(tmp_path, caps=Caps(open_value=Decimal(150)), c2c_balances=CROSS_OPENING) as it:
        it.until_state(it.place(request_from(it, kind)), OrderState.SUBMITTED)
        it.pass_time(4)
        with pytest.raises(Denied) as denied:
            it.engine.place(it.request(amount="1300"), it.confirmation())
        assert {finding.code for finding in denied.value.findings} == {"MAX_OPEN_VALUE"}
        with pytest.raises(Denied) as denied:
            it.engine.place(request_from(it, kind, "60000"), it.confirmation("MAX_OPEN_VALUE"))
        assert {finding.code for finding in denied.value.findings} == {"BALANCE"}


def test_an_account_and_its_source_belong_together(tmp_path: Path) -> None:
    """An order that names one kind of account and the number of another is not sent."""
    with rig(tmp_path, c2c_balances=CROSS_OPENING) as it:
        for number in (SPOT_ACCOUNT, *ACCOUNTS.values()):
            for kind, source in SOURCES.items():
                if ({"spot": SPOT_ACCOUNT} | ACCOUNTS)[kind] != number:
                    with pytest.raises(Denied) as denied:
                        it.engine.place(replace(it.request(), account_id=number, source=source), it.confirmation())
                    assert "ACCOUNT" in {finding.code for finding in denied.value.findings}
        assert it.posts() == []
