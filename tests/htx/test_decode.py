"""Wire rows into model values: what HTX says, in this program's words, and nothing that cannot be."""

from decimal import Decimal

import msgspec
import pytest

from hbtui.htx.decode import (
    account_of,
    balances_of,
    book_of,
    candle_of,
    fee_rate_of,
    instrument_of,
    instrument_of_settings,
    key_info_of,
    market_status_of,
    quote_of_detail,
    quote_of_merged,
    quote_of_ticker,
    trade_of,
    trades_of,
)
from hbtui.htx.wire import (
    BookRow,
    DetailRow,
    KlineRow,
    MarketStatusRow,
    MergedRow,
    SettingsSymbolRow,
    SymbolRow,
    TickerRow,
    TradeGroupRow,
    TradeRow,
)
from hbtui.htx.wire_account import AccountRow, BalancesRow, FeeRateRow, KeyRow
from hbtui.htx.wire_push import TradePush
from hbtui.model.book import Level
from hbtui.model.order import Side

D = Decimal


def test_a_bar() -> None:
    """Seconds become milliseconds, ``amount`` is base and ``vol`` is quote, exponents stay exact."""
    row = msgspec.json.decode(
        b'{"id":1700000040,"open":9.7E-4,"close":9.8E-4,"low":9.6E-4,"high":9.9E-4,"amount":8.18E8,"vol":1.5,"count":3}',
        type=KlineRow,
    )
    candle = candle_of(row)
    assert candle.open_ms == 1_700_000_040_000
    assert (candle.open, candle.close) == (D("0.00097"), D("0.00098"))
    assert (candle.low, candle.high) == (D("0.00096"), D("0.00099"))
    assert (candle.base_volume, candle.quote_volume, candle.trades) == (D("818000000"), D("1.5"), 3)
    assert candle.is_sound()


def test_a_bar_with_an_endless_number_is_refused() -> None:
    """A number that would fill the memory when written out does not become a bar."""
    row = msgspec.json.decode(
        b'{"id":1,"open":1e999999999,"close":1,"low":1,"high":1,"amount":1,"vol":1,"count":1}', type=KlineRow
    )
    with pytest.raises(ValueError, match="out of bounds"):
        candle_of(row)


def test_a_book_is_sorted_and_has_no_empty_levels() -> None:
    """Bids from the highest, asks from the lowest, zero amounts gone, the image's own time and version kept."""
    row = msgspec.json.decode(
        b'{"bids":[[1.0,2],[1.2,1],[1.1,0]],"asks":[[1.5,1],[1.4,0.5]],"ts":7,"version":9}', type=BookRow
    )
    book = book_of("dogeusdt", row, 1)
    assert book.bids == (Level(D("1.2"), D(1)), Level(D("1.0"), D(2)))
    assert book.asks == (Level(D("1.4"), D("0.5")), Level(D("1.5"), D(1)))
    assert (book.ts_ms, book.sequence) == (7, 9)


@pytest.mark.parametrize("level", ["[-1,1]", "[0,1]", '["NaN",1]', '[1,"Infinity"]', "[1e99999,1]"])
def test_an_impossible_level_spoils_the_image(level: str) -> None:
    """A book is whole or it is not shown."""
    row = msgspec.json.decode(f'{{"bids":[{level}],"asks":[]}}', type=BookRow)
    with pytest.raises(ValueError, match=r"a (number|price)"):
        book_of("dogeusdt", row, 1)


def test_an_empty_book() -> None:
    """Nobody bids and nobody offers: an empty book, of the frame's time."""
    book = book_of("dogeusdt", msgspec.json.decode(b'{"bids":[],"asks":[]}', type=BookRow), 5)
    assert book.bids == book.asks == ()
    assert book.ts_ms == 5


def test_quotes_of_three_shapes() -> None:
    """Detail has no bid and ask, merged has them as pairs, the list as single numbers; 0 is nobody."""
    base = '"open":1,"close":2,"low":0.5,"high":3,"amount":10,"vol":20,"count":1'
    detail = quote_of_detail("btcusdt", msgspec.json.decode(f"{{{base}}}", type=DetailRow), 4)
    assert (detail.last, detail.open, detail.bid, detail.ts_ms) == (D(2), D(1), None, 4)
    merged = quote_of_merged(
        "btcusdt", msgspec.json.decode(f'{{{base},"bid":[1.9,3],"ask":[2.1,4]}}', type=MergedRow), 4
    )
    assert (merged.bid, merged.ask, merged.change) == (D("1.9"), D("2.1"), D(1))
    bare = quote_of_merged("btcusdt", msgspec.json.decode(f"{{{base}}}", type=MergedRow), 4)
    assert bare.bid is bare.ask is None
    ticker = quote_of_ticker(
        msgspec.json.decode(b'{"symbol":"btcusdt","close":2,"bid":0,"ask":2.1}', type=TickerRow), 4
    )
    assert (ticker.last, ticker.bid, ticker.ask, ticker.open) == (D(2), None, D("2.1"), None)


def test_trades_come_oldest_first() -> None:
    """Nested groups, newest first on the wire, are flattened and turned round."""
    text = b"""[{"id":2,"ts":20,"data":[{"id":1.36e26,"ts":20,"trade-id":12,"amount":1,"price":3,"direction":"buy"},
        {"id":1.36e26,"ts":20,"trade-id":11,"amount":1,"price":2,"direction":"buy"}]},
        {"id":1,"ts":10,"data":[{"id":1.36e26,"ts":10,"trade-id":10,"amount":1,"price":1,"direction":"sell"}]}]"""
    trades = trades_of("btcusdt", msgspec.json.decode(text, type=list[TradeGroupRow]))
    assert [trade.trade_id for trade in trades] == [10, 11, 12]
    assert trades[0].side is Side.SELL


def test_a_trade_without_a_trade_id_is_known_by_its_long_one() -> None:
    """Old messages have only the long id, as text; it is kept to the last digit."""
    push = msgspec.json.decode(
        b'{"id":"123140716701236887569077664","ts":1,"amount":1,"price":2,"direction":"buy"}', type=TradePush
    )
    assert trade_of("xmrbtc", push).trade_id == 123140716701236887569077664


def test_a_trade_in_no_direction_is_refused() -> None:
    """A taker buys or sells."""
    row = msgspec.json.decode(b'{"id":1,"ts":1,"trade-id":1,"amount":1,"price":2,"direction":"hold"}', type=TradeRow)
    with pytest.raises(ValueError, match="hold"):
        trade_of("xmrbtc", row)


def test_a_pair_from_either_list() -> None:
    """The long and the short names say the same pair."""
    long = instrument_of(
        msgspec.json.decode(
            b"""{"symbol":"dogeusdt","base-currency":"doge","quote-currency":"usdt","price-precision":6,
            "amount-precision":2,"value-precision":8,"state":"online","api-trading":"enabled","min-order-value":5,
            "limit-order-min-order-amt":1,"limit-order-max-order-amt":20000000,"limit-order-max-buy-amt":2E7,
            "limit-order-max-sell-amt":2E7,"sell-market-min-order-amt":1,"sell-market-max-order-amt":2000000,
            "buy-market-max-order-value":100000,"buy-limit-must-less-than":1.1,"sell-limit-must-greater-than":0.9,
            "market-buy-order-rate-must-less-than":0.1,"market-sell-order-rate-must-less-than":0.1,"tags":"hot",
            "max-order-value":9}""",
            type=SymbolRow,
        )
    )
    short = instrument_of_settings(
        msgspec.json.decode(
            b"""{"symbol":"dogeusdt","bc":"doge","qc":"usdt","pp":6,"ap":2,"vp":8,"state":"online","at":"enabled",
            "minov":5,"lominoa":1,"lomaxoa":20000000,"lomaxba":2E7,"lomaxsa":2E7,"smminoa":1,"smmaxoa":2000000,
            "bmmaxov":100000,"blmlt":1.1,"slmgt":0.9,"mbormlt":0.1,"msormlt":0.1,"tags":"hot","maxov":9}""",
            type=SettingsSymbolRow,
        )
    )
    assert long == short
    assert long.name == "DOGE/USDT"
    assert long.is_tradable
    assert (long.min_value, long.buy_price_ratio_max) == (D(5), D("1.1"))


def test_what_a_pair_may_lack() -> None:
    """Everything but names, precisions and state may be missing, and is then not known instead of 0."""
    pair = instrument_of_settings(
        msgspec.json.decode(
            b'{"symbol":"ab","bc":"a","qc":"b","pp":2,"ap":4,"state":"suspend"}', type=SettingsSymbolRow
        )
    )
    assert pair.min_value is pair.limit_min_amount is pair.market_buy_max_value is None
    assert pair.value_precision == 8
    assert not pair.is_tradable


@pytest.mark.parametrize(
    ("field", "value"), [("pp", -1), ("ap", 31), ("symbol", "x/y"), ("bc", "b t"), ("minov", 1e99)]
)
def test_an_impossible_pair_is_refused(field: str, value: object) -> None:
    """A precision, a name or a limit that cannot be disables the pair."""
    row = {"symbol": "ab", "bc": "a", "qc": "b", "pp": 2, "ap": 4, "state": "online", field: value}
    with pytest.raises(ValueError, match=r"cannot be|is not|out of bounds"):
        instrument_of_settings(msgspec.json.decode(msgspec.json.encode(row), type=SettingsSymbolRow))


def test_balances_join_two_rows() -> None:
    """Free and frozen of a currency are one balance; debts, all-zero rows and other roles are not shown."""
    row = msgspec.json.decode(
        b"""{"id":1,"type":"spot","state":"working","list":[
        {"currency":"usdt","type":"trade","balance":"91.850043797676510303","debt":"invalid","seq-num":"477"},
        {"currency":"usdt","type":"frozen","balance":"5.16","available":"invalid"},
        {"currency":"btc","type":"frozen","balance":"0.1"},
        {"currency":"eth","type":"trade","balance":"0E-18"},{"currency":"eth","type":"frozen","balance":"0"},
        {"currency":"usdt","type":"loan","balance":"-5"},{"currency":"usdt","type":"interest","balance":"-1"}]}""",
        type=BalancesRow,
    )
    found = balances_of(row.rows)
    assert [balance.currency for balance in found] == ["btc", "usdt"]
    assert (found[0].available, found[0].frozen) == (D(0), D("0.1"))
    assert found[1].total == D("97.010043797676510303")


def test_the_rest_of_an_account() -> None:
    """Accounts, fees after discount, the key's permissions and the venue's state."""
    account = account_of(msgspec.json.decode(b'{"id":7,"type":"spot","subtype":"","state":"working"}', type=AccountRow))
    assert (account.account_id, account.type, account.state) == (7, "spot", "working")
    fee = msgspec.json.decode(
        b'{"symbol":"ab","makerFeeRate":"0.002","takerFeeRate":"0.002","actualMakerRate":"-0.0001"}', type=FeeRateRow
    )
    assert (fee_rate_of(fee).maker, fee_rate_of(fee).taker) == (D("-0.0001"), D("0.002"))
    key = msgspec.json.decode(
        b'{"accessKey":"k","status":"normal","permission":"trade, readOnly","ipAddresses":"1.1.1.1,2.2.2.2",'
        b'"validDays":12}',
        type=KeyRow,
    )
    info = key_info_of(key)
    assert info.permissions == {"trade", "readOnly"}
    assert (info.bound_ips, info.valid_days, info.status) == (("1.1.1.1", "2.2.2.2"), 12, "normal")
    unbound = key_info_of(msgspec.json.decode(b'{"permission":"readOnly","ipAddresses":""}', type=KeyRow))
    assert (unbound.bound_ips, unbound.valid_days) == ((), -1)
    assert repr(key) == "KeyRow(…)"
    halted = market_status_of(
        msgspec.json.decode(
            b'{"marketStatus":2,"haltStartTime":1,"haltEndTime":2,"haltReason":3,"affectedSymbols":"all"}',
            type=MarketStatusRow,
        )
    )
    assert not halted.takes_orders
    assert not halted.takes_cancels
    assert (halted.halt_start_ms, halted.halt_end_ms, halted.reason, halted.affected_symbols) == (1, 2, 3, "all")


def test_text_from_outside_is_cleaned() -> None:
    """Escape sequences in a name or a state do not get past the decoder."""
    account = account_of(AccountRow(id=1, type="spot\x1b]52;c;aGk=\x07", subtype="\u202e", state="[/bad]"))
    assert "\x1b" not in account.type
    assert "\u202e" not in account.subtype
    assert account.state == "[/bad]"
