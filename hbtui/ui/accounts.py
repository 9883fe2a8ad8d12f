"""What the user's accounts are called; pure."""

from hbtui.model.account import Account
from hbtui.model.instrument import Instrument
from hbtui.trading.views import View

__all__ = ["account_name", "account_of", "account_words"]

_NAMES = {
    "spot": ("spot", "Spot"),
    "margin": ("isolated margin", "Isolated"),
    "super-margin": ("cross margin", "Cross"),
    "c2c-margin": ("C2C margin", "C2C"),
}
_OF_ONE_PAIR = frozenset({"margin", "c2c-margin"})


def account_name(account: Account) -> str:
    """Name an account in one word, for a choice."""
    return _NAMES.get(account.type, ("", account.type))[1]


def account_of(view: View, account_id: int) -> Account | None:
    """Find an account by its number."""
    return next((one for one in view.accounts if one.account_id == account_id), None)


def account_words(account_id: int | None, account: Account | None = None, instrument: Instrument | None = None) -> str:
    """Say the account with the end of its number: ``spot …4821``, ``isolated margin DOGE/USDT …77``."""
    name = "spot" if account is None else _NAMES.get(account.type, (account.type, ""))[0]
    pair = ""
    if account is not None and account.type in _OF_ONE_PAIR and account.subtype:
        pair = f" {instrument.name if instrument and instrument.symbol == account.subtype else account.subtype.upper()}"
    tail = "—" if account_id is None else f"…{str(account_id)[-4:]}"
    return f"{name}{pair} {tail}"
