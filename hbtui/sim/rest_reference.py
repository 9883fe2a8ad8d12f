"""Public REST that is about symbols, currencies and the state of the market, in HTX's four generations of names."""

from collections.abc import Mapping
from decimal import Decimal

from hbtui.sim.codes import Refused
from hbtui.sim.rules import BUY_CEILING, SELL_FLOOR
from hbtui.sim.symbols import CURRENCIES, PAIRS, Pair
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject

__all__ = ["PUBLIC"]

Query = Mapping[str, str]
_SLIPPAGE = Decimal("0.1")


def _timestamp(venue: Venue, _query: Query) -> JsonObject:
    return {"status": "ok", "data": venue.now()}


def _market_status(venue: Venue, _query: Query) -> JsonObject:
    data: JsonObject = {"marketStatus": venue.market_status}
    if venue.market_status != 1:
        data |= {"haltStartTime": venue.started_ms, "haltReason": 3, "affectedSymbols": "all"}
    return {"code": 200, "message": "success", "data": data}


def _settings(venue: Venue, rows: list[JsonObject]) -> JsonObject:
    return {"status": "ok", "data": rows, "ts": str(venue.now()), "full": 1}


def _number(value: Decimal) -> int | Decimal:
    """A reference number as HTX prints it: whole ones without a point."""
    return int(value) if value == value.to_integral_value() else value


def _market_symbols(venue: Venue, query: Query) -> JsonObject:
    wanted = [symbol for symbol in query.get("symbols", "").split(",") if symbol]
    return _settings(venue, [_market_symbol(pair) for pair in PAIRS.values() if not wanted or pair.symbol in wanted])


def _market_symbol(pair: Pair) -> JsonObject:
    row: JsonObject = {
        "symbol": pair.symbol,
        "bc": pair.base,
        "qc": pair.quote,
        "state": "online",
        "sp": "main",
        "tags": "",
        "pp": pair.price_places,
        "ap": pair.amount_places,
        "vp": pair.value_places,
        "minoa": _number(pair.min_amount),
        "maxoa": _number(pair.max_amount),
        "minov": _number(pair.min_value),
        "lominoa": _number(pair.min_amount),
        "lomaxoa": _number(pair.max_amount),
        "lomaxba": _number(pair.max_amount),
        "lomaxsa": _number(pair.max_amount),
        "smminoa": _number(pair.min_amount),
        "smmaxoa": _number(pair.max_amount),
        "bmmaxov": _number(pair.max_market_value),
        "blmlt": _number(BUY_CEILING),
        "slmgt": _number(SELL_FLOOR),
        "mbormlt": _SLIPPAGE,
        "msormlt": _SLIPPAGE,
        "at": "enabled",
    }
    if pair.leverage is not None:
        row |= {"lr": _number(pair.leverage), "smlr": 3}
    return row


def _common_symbols(_venue: Venue, _query: Query) -> JsonObject:
    return {"status": "ok", "data": [_common_symbol(pair) for pair in PAIRS.values()]}


def _common_symbol(pair: Pair) -> JsonObject:
    row: JsonObject = {
        "base-currency": pair.base,
        "quote-currency": pair.quote,
        "price-precision": pair.price_places,
        "amount-precision": pair.amount_places,
        "symbol-partition": "main",
        "symbol": pair.symbol,
        "state": "online",
        "value-precision": pair.value_places,
        "min-order-amt": _number(pair.min_amount),
        "max-order-amt": _number(pair.max_amount),
        "min-order-value": _number(pair.min_value),
        "limit-order-min-order-amt": _number(pair.min_amount),
        "limit-order-max-order-amt": _number(pair.max_amount),
        "limit-order-max-buy-amt": _number(pair.max_amount),
        "limit-order-max-sell-amt": _number(pair.max_amount),
        "buy-limit-must-less-than": _number(BUY_CEILING),
        "sell-limit-must-greater-than": _number(SELL_FLOOR),
        "sell-market-min-order-amt": _number(pair.min_amount),
        "sell-market-max-order-amt": _number(pair.max_amount),
        "buy-market-max-order-value": _number(pair.max_market_value),
        "market-sell-order-rate-must-less-than": _SLIPPAGE,
        "market-buy-order-rate-must-less-than": _SLIPPAGE,
        "api-trading": "enabled",
        "tags": "",
    }
    if pair.leverage is not None:
        row["leverage-ratio"] = _number(pair.leverage)
    return row


def _display_symbols(venue: Venue, _query: Query) -> JsonObject:
    return _settings(venue, [_display_symbol(at, pair) for at, pair in enumerate(PAIRS.values())])


def _display_symbol(at: int, pair: Pair) -> JsonObject:
    return {
        "sc": pair.symbol,
        "dn": f"{pair.base}/{pair.quote}".upper(),
        "bc": pair.base,
        "bcdn": pair.base.upper(),
        "qc": pair.quote,
        "qcdn": pair.quote.upper(),
        "state": "online",
        "te": True,
        "cd": False,
        "whe": False,
        "toa": 1_514_736_000_000,
        "sp": "main",
        "w": 999_400_000 - at,
        "tpp": pair.price_places,
        "tap": pair.amount_places,
        "ttp": pair.value_places,
        "fp": 8,
        "tags": "",
        "lr": None if pair.leverage is None else _number(pair.leverage),
        "smlr": None,
        "flr": None,
        "wr": "1.5",
        "d": None,
        "elr": None,
        "p": [],
    }


def _old_symbols(venue: Venue, _query: Query) -> JsonObject:
    renamed = {"sc": "symbol", "dn": "sn", "w": "we"}
    rows: list[JsonObject] = []
    for at, pair in enumerate(PAIRS.values()):
        shown = {renamed.get(name, name): value for name, value in _display_symbol(at, pair).items() if name != "p"}
        rows.append(shown | {"ve": True, "dl": False, "ce": True, "tet": 0, "tca": 0, "voa": 0, "vca": 0, "tm": "PRO"})
    return _settings(venue, rows)


def _currency_names(_venue: Venue, _query: Query) -> JsonObject:
    return {"status": "ok", "data": list(CURRENCIES)}


def _currency_settings(venue: Venue, _query: Query) -> JsonObject:
    rows: list[JsonObject] = [
        {
            "name": name,
            "dn": name.upper(),
            "vat": 1_508_839_200_000,
            "det": 1_508_839_200_000,
            "wet": 1_508_839_200_000,
            "wp": 8,
            "ct": "crypto",
            "cp": ["crypto"],
            "ss": ["MAIN"],
            "oe": 0,
            "dma": "1",
            "wma": "10",
            "sp": "8",
            "w": "1",
            "qc": name in {"usdt", "btc"},
            "state": "online",
            "v": True,
            "whe": False,
            "cd": False,
            "de": True,
            "we": True,
        }
        for name in CURRENCIES
    ]
    return _settings(venue, rows)


def _reference_currencies(_venue: Venue, query: Query) -> JsonObject:
    wanted = query.get("currency")
    rows = [_reference_currency(name) for name in CURRENCIES if wanted in {None, "", name}]
    if not rows:
        return {"code": 2002, "message": 'invalid field value in "currency"'}
    return {"code": 200, "data": rows}


def _reference_currency(name: str) -> JsonObject:
    chain: JsonObject = {
        "chain": name,
        "displayName": name.upper(),
        "fullName": name.upper(),
        "baseChain": name.upper(),
        "baseChainProtocol": name.upper(),
        "isDynamic": False,
        "numOfConfirmations": 12,
        "numOfFastConfirmations": 12,
        "depositStatus": "prohibited",
        "minDepositAmt": "1",
        "withdrawStatus": "prohibited",
        "minWithdrawAmt": "10",
        "withdrawPrecision": 8,
        "maxWithdrawAmt": "280000.00000000",
        "withdrawQuotaPerDay": "280000.00000000",
        "withdrawQuotaPerYear": None,
        "withdrawQuotaTotal": None,
        "withdrawFeeType": "fixed",
        "transactFeeWithdraw": "1.00000000",
        "addrWithTag": False,
        "addrDepositTag": False,
    }
    return {"currency": name, "assetType": 1, "instStatus": "normal", "chains": [chain]}


def _trading_limits(_venue: Venue, query: Query) -> JsonObject:
    pair = PAIRS.get(query.get("symbol", ""))
    if pair is None:
        raise Refused("base-symbol-error", "The symbol is invalid")
    least, most = _number(pair.min_amount), _number(pair.max_amount)
    limits: JsonObject = {
        "symbol": pair.symbol,
        "buy-limit-must-less-than": _number(BUY_CEILING),
        "sell-limit-must-greater-than": _number(SELL_FLOOR),
        "limit-order-must-greater-than": least,
        "limit-order-must-less-than": most,
        "market-buy-order-must-greater-than": _number(pair.min_value),
        "market-buy-order-must-less-than": _number(pair.max_market_value),
        "market-sell-order-must-greater-than": least,
        "market-sell-order-must-less-than": most,
    }
    return {"status": "ok", "data": limits}


def _about(venue: Venue, _query: Mapping[str, str]) -> JsonObject:
    """Whose market this is: two exchanges of one seed tell the same story, others must never be mixed."""
    return {"status": "ok", "data": f"embedded-seed-{venue.options.seed}"}


PUBLIC = {
    "/_about": _about,
    "/v1/common/timestamp": _timestamp,
    "/v2/market-status": _market_status,
    "/v1/settings/common/market-symbols": _market_symbols,
    "/v1/common/symbols": _common_symbols,
    "/v2/settings/common/symbols": _display_symbols,
    "/v1/settings/common/symbols": _old_symbols,
    "/v1/common/currencys": _currency_names,
    "/v1/settings/common/currencys": _currency_settings,
    "/v2/settings/common/currencies": _currency_settings,
    "/v2/reference/currencies": _reference_currencies,
    "/v1/common/exchange": _trading_limits,
}
