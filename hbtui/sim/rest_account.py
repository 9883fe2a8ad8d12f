"""Signed REST about accounts, balances, fees and the key."""

from decimal import Decimal

from hbtui.model.numbers import plain, rounded
from hbtui.sim.call import Call
from hbtui.sim.codes import Refused, RefusedV2
from hbtui.sim.exact import ZERO, plus, text, times
from hbtui.sim.keys import USER_ID
from hbtui.sim.symbols import PAIRS
from hbtui.sim.wire import JsonObject

__all__ = ["ACCOUNT"]

_LOAN_ROWS = ("loan", "interest", "loan-available")
_VALUED_IN = {"BTC": "btc", "USD": "usdt"}


def _accounts(call: Call) -> JsonObject:
    rows = [
        {"id": account.id, "type": account.kind, "subtype": account.subtype, "state": "working"}
        for account in call.venue.accounts
    ]
    return {"status": "ok", "data": rows}


def _balance(call: Call) -> JsonObject:
    account = call.venue.accounts.find(call.path_id)
    if account is None:
        raise Refused("account-get-accounts-inexistent-error", "account for id is not exist")
    rows: list[JsonObject] = []
    for currency in account.ledger.currencies:
        balance = account.ledger.balance(currency)
        amounts = {"trade": balance.available, "frozen": balance.frozen}
        if account.kind != "spot":  # nothing can be borrowed here, but the rows are there as at HTX
            amounts |= dict.fromkeys(_LOAN_ROWS, ZERO) | {"transfer-out-available": balance.available}
        for row, amount in amounts.items():
            rows.append(
                {
                    "currency": currency,
                    "type": row,
                    "balance": plain(amount),
                    "debt": "invalid",
                    "available": "invalid",
                    "seq-num": str(balance.sequence),
                }
            )
    return {"status": "ok", "data": {"id": account.id, "type": account.kind, "state": "working", "list": rows}}


def _valuation(call: Call) -> JsonObject:
    kind = call.query.get("accountType")
    unit = call.query.get("valuationCurrency") or "BTC"
    if kind not in {"spot", "margin", "otc", "super-margin"}:
        raise RefusedV2(2002, 'invalid field value in "accountType"')
    if unit not in _VALUED_IN:
        raise RefusedV2(2002, 'invalid field value in "valuationCurrency"')
    total = ZERO
    for account in call.venue.accounts.of_kind(str(kind)):
        for currency in account.ledger.currencies:
            total = plus(total, times(account.ledger.balance(currency).total, _in_usdt(call, currency)))
    if unit == "BTC":
        total = total / _in_usdt(call, "btc")
    places = 2 if unit == "USD" else 8
    return {"code": 200, "data": {"balance": plain(rounded(total, places)), "timestamp": call.venue.now()}, "ok": True}


def _in_usdt(call: Call, currency: str) -> Decimal:
    if currency == "usdt":
        return Decimal(1)
    symbol = currency + "usdt"
    return call.venue.market(symbol).tape.last(call.venue.now()).price if symbol in PAIRS else ZERO


def _fee_rates(call: Call) -> JsonObject:
    symbols = [symbol for symbol in call.query.get("symbols", "").split(",") if symbol]
    if not symbols:
        raise RefusedV2(2003, 'missing mandatory field "symbols"')
    if len(symbols) > 10 or any(symbol not in PAIRS for symbol in symbols):
        raise RefusedV2(2002, 'invalid field value in "symbols"')
    rate = text(call.venue.options.fee_rate)
    names = ("actualMakerRate", "actualTakerRate", "takerFeeRate", "makerFeeRate")
    rows = [{"symbol": symbol, **dict.fromkeys(names, rate)} for symbol in symbols]
    return {"code": 200, "data": rows, "success": True}


def _uid(_call: Call) -> JsonObject:
    return {"code": 200, "data": USER_ID}


def _api_key(call: Call) -> JsonObject:
    options = call.venue.options
    if not call.query.get("uid"):
        raise RefusedV2(2003, 'missing mandatory field "uid"')
    if call.query["uid"] != str(USER_ID):
        raise RefusedV2(2002, 'invalid field value in "uid"')
    row: JsonObject = {
        "accessKey": options.access_key,
        "status": "expired" if options.key_expired else "normal",
        "note": "demo",
        "permission": options.permission,
        "ipAddresses": options.ip_addresses,
        "validDays": options.valid_days,
        "createTime": 1_700_000_000_000,
        "updateTime": 1_700_000_000_000,
    }
    rows = [row] if call.query.get("accessKey") in {None, "", options.access_key} else []
    return {"code": 200, "data": rows, "ok": True}


ACCOUNT = {
    "/v1/account/accounts": _accounts,
    "/v1/account/accounts/{id}/balance": _balance,
    "/v2/account/asset-valuation": _valuation,
    "/v2/reference/transact-fee-rate": _fee_rates,
    "/v2/user/uid": _uid,
    "/v2/user/api-key": _api_key,
}
