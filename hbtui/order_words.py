"""One order in the words of a command, a line of a file or a program, before any account or pair was asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from re import compile as pattern

from hbtui.model.order import OrderType, Side
from hbtui.model.text import clean
from hbtui.words import BadRequest, read_number, read_symbol, read_type

__all__ = [
    "ACCOUNT_TYPES",
    "MOST_ORDERS",
    "OrderWords",
    "read_account",
    "read_batch",
    "read_code",
    "read_operator",
    "read_seconds",
]

ACCOUNT_TYPES = {"spot": "spot", "margin": "margin", "cross-margin": "super-margin", "c2c-margin": "c2c-margin"}
"""HTX's type of account by the word for it."""
_CODE = pattern(r"[A-Z][A-Z0-9_]{0,39}", 0)
_LEAST_SECONDS, _MOST_SECONDS = 30, 86_400

MOST_ORDERS = 10
"""What HTX takes in one request (HTX docs, batch-orders)."""
_BATCH_LIMIT = 64 * 1024
_NAMES = frozenset(
    {
        "type",
        "symbol",
        "amount",
        "price",
        "stop_price",
        "operator",
        "account",
        "self_match_prevent",
        "client_order_id",
    }
)

Number = str | Decimal | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWords:
    """What was asked for; every part is sound, and the parts fit together."""

    side: Side
    type: OrderType
    symbol: str
    amount: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    operator: str | None = None
    account: str | int = "spot"
    """``spot``, ``margin`` (of the pair), ``cross-margin``, ``c2c-margin``, or an account's id."""
    self_match_prevent: bool = False
    client_order_id: str | None = None

    @classmethod
    def read(
        cls,
        *,
        type: str,  # noqa: A002 - the word that HTX, the command line and the batch file use
        symbol: str,
        amount: Number,
        price: Number = None,
        stop_price: Number = None,
        operator: str | None = None,
        account: str | int = "spot",
        self_match_prevent: bool = False,
        client_order_id: str | None = None,
    ) -> "OrderWords":
        """Read them strictly; raise ``BadRequest`` with what is wrong."""
        side, kind = read_type(type)
        _require_fitting(kind, price=price, stop_price=stop_price, operator=operator)
        if amount is None:
            message = "an order needs an amount."
            raise BadRequest(message)
        return cls(
            side=side,
            type=kind,
            symbol=read_symbol(symbol),
            amount=read_number("amount", amount),
            price=None if price is None else read_number("price", price),
            stop_price=None if stop_price is None else read_number("stop-price", stop_price),
            operator=None if operator is None else read_operator(operator),
            account=read_account(account),
            self_match_prevent=self_match_prevent,
            client_order_id=None if client_order_id is None else _given_id(client_order_id),
        )


def read_batch(path: Path) -> tuple[OrderWords, ...]:
    """Read the orders of a file: a JSON array, or one JSON object a line; raise ``BadRequest``."""
    rows = _rows(path)
    if not 1 <= len(rows) <= MOST_ORDERS:
        message = f"{clean(path)} holds {len(rows)} orders: one request takes 1 to {MOST_ORDERS}."
        raise BadRequest(message)
    words = []
    for number, row in enumerate(rows, 1):
        try:
            words.append(_of_row(row))
        except BadRequest as error:
            message = f"Order {number} of {clean(path)}: {error}"
            raise BadRequest(message) from None
    return tuple(words)


def _rows(path: Path) -> list[object]:
    try:
        with path.open("rb") as file:
            raw = file.read(_BATCH_LIMIT + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        message = f"{clean(path)} cannot be read: {error.strerror or 'the system refuses'}."
        raise BadRequest(message) from None
    except UnicodeDecodeError:
        message = f"{clean(path)} is not UTF-8 text."
        raise BadRequest(message) from None
    if len(raw) > _BATCH_LIMIT:
        message = f"{clean(path)} is too large for {MOST_ORDERS} orders (more than 64 KiB)."
        raise BadRequest(message)
    try:
        if text.lstrip().startswith("["):
            return list(json.loads(text, parse_float=_refuse_number, object_pairs_hook=_once))
        lines = [line for line in text.splitlines() if line.strip()]
        return [json.loads(line, parse_float=_refuse_number, object_pairs_hook=_once) for line in lines]
    except BadRequest:
        raise
    except (ValueError, RecursionError):
        message = f"{clean(path)} is not JSON: one array of orders, or one order a line."
        raise BadRequest(message) from None


def _refuse_number(text: str) -> object:
    message = f'write numbers as text: "{clean(text, 40)}".'
    raise BadRequest(message)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        message = "an order names something twice."
        raise BadRequest(message)
    return row


def _of_row(row: object) -> OrderWords:
    if not isinstance(row, Mapping):
        message = "it is no JSON object."
        raise BadRequest(message)
    if unknown := sorted(set(row) - _NAMES):
        message = f"{clean(unknown[0], 40)!r} is not known; there are {', '.join(sorted(_NAMES))}."
        raise BadRequest(message)
    if missing := sorted({"type", "symbol", "amount"} - set(row)):
        message = f"{missing[0]} is missing."
        raise BadRequest(message)
    values = dict(row)
    if not isinstance(values.pop("self_match_prevent", False), bool):
        message = "self_match_prevent is true or false."
        raise BadRequest(message)
    numbers = {"amount", "price", "stop_price", "account"}
    for name, value in values.items():
        if not isinstance(value, (str, int) if name in numbers else str) or isinstance(value, bool):
            message = f"{name} must be text."
            raise BadRequest(message)
    return OrderWords.read(**row)


def _require_fitting(kind: OrderType, *, price: Number, stop_price: Number, operator: str | None) -> None:
    if kind.has_price is (price is None):
        message = "this type of order needs a price" if price is None else "a market order takes no price"
        raise BadRequest(message)
    if kind.has_stop and (stop_price is None or operator is None):
        message = "a stop order needs a stop price and an operator (gte or lte)"
        raise BadRequest(message)
    if not kind.has_stop and not (stop_price is None and operator is None):
        message = "only stop orders take a stop price and an operator"
        raise BadRequest(message)


def _given_id(text: str) -> str:
    from hbtui.trading.client_ids import given_id

    try:
        return given_id(text)
    except ValueError as error:
        raise BadRequest(str(error)) from None


def read_operator(text: str) -> str:
    """Read from which side the last price must reach the stop price; raise ``BadRequest``."""
    operator = text.strip().lower()
    if operator not in {"gte", "lte"}:
        message = (
            f"{clean(text, 80)!r} is not an operator: gte (the price rises to the stop price) or lte (it falls to it)."
        )
        raise BadRequest(message)
    return operator


def read_account(text: str | int) -> str | int:
    """Read an account by its word, or by its id; raise ``BadRequest``."""
    if isinstance(text, int) and not isinstance(text, bool) and text > 0:
        return text
    name = str(text).strip().lower()
    if name in ACCOUNT_TYPES:
        return name
    if name.isascii() and name.isdigit() and len(name) <= 18:
        return int(name)
    message = f"{clean(text, 80)!r} is not an account: {', '.join(ACCOUNT_TYPES)}, or an account's id."
    raise BadRequest(message)


def read_code(text: str) -> str:
    """Read the code of an objection that is to be overridden; raise ``BadRequest``."""
    code = text.strip().upper().replace("-", "_")
    if _CODE.fullmatch(code) is None:
        message = f"{clean(text, 80)!r} is not the code of an objection; one looks like MAX_ORDER_VALUE."
        raise BadRequest(message)
    return code


def read_seconds(text: str) -> int:
    """Read the time of the dead man's switch, ``off`` as 0; raise ``BadRequest``."""
    word = text.strip().lower()
    if word == "off":
        return 0
    seconds = int(word) if word.isascii() and word.isdigit() and len(word) <= 6 else 0
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        message = f"{clean(text, 80)!r} is no time for the switch: {_LEAST_SECONDS} to {_MOST_SECONDS} seconds, or off."
        raise BadRequest(message)
    return seconds
