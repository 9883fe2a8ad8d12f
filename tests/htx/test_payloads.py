"""Recorded and documented payloads decode exactly: every leaf of the text equals its typed attribute, as text."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hbtui.htx.encode import place_body
from hbtui.htx.hosts import Hosts
from hbtui.htx.private_session import PrivateSession
from hbtui.htx.session import MarketSession, Moment
from hbtui.htx.signing import Signer
from hbtui.model.candle import Period
from hbtui.model.events import Link, Topic, TopicKind
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.model.secret import Credentials, Secret
from tests.htx.payload_files import (
    ANSWERS,
    BARE,
    FOLDER,
    OUT_OF_SCOPE,
    REQUESTS,
    SOCKETS,
    Shape,
    documents,
    shape_of_frame,
)

needs_payloads = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the shared payloads are not here ({FOLDER})")


class _Number(str):
    """A number's own characters."""

    __slots__ = ()


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=_Number, parse_int=_Number)


def _same(said: Any, typed: Any, where: str) -> int:
    """Compare one value of the payload with its attribute; return how many leaves were compared."""
    if isinstance(said, dict):
        return sum(_same(value, _attribute(typed, name, where), f"{where}.{name}") for name, value in said.items())
    if isinstance(said, list):
        assert len(said) == len(typed), where
        return sum(_same(value, typed[at], f"{where}[{at}]") for at, value in enumerate(said))
    if said is None or isinstance(said, bool):
        assert typed is said, where
    elif isinstance(typed, Decimal):
        assert Decimal(said).as_tuple() == typed.as_tuple(), where
    else:
        assert type(typed) is (int if isinstance(said, _Number) else str), where
        assert str(said) == str(typed), where
    return 1


def _attribute(typed: Any, name: str, where: str) -> Any:
    if isinstance(typed, dict):
        return typed[name]
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(typed)}
    assert name in fields, f"{where}.{name} has no typed attribute"
    return getattr(typed, fields[name])


def _compared(text: str, shape: Shape) -> int:
    """Decode the text by its shape and compare all of it."""
    outer = msgspec.json.decode(text, type=shape.outer)
    said = _parsed(text)
    if isinstance(said, dict) and {"data", "tick"} & said.keys() and _has_raw(outer):
        inner = {"data": shape.data, "tick": shape.tick}
        leaves = sum(
            _same(value, msgspec.json.decode(getattr(outer, name), type=inner[name]), name)
            for name in inner
            if name in said
            for value in [said.pop(name)]
        )
        return leaves + _same(said, outer, "")
    return _same(said, outer, "")


def _has_raw(outer: Any) -> bool:
    return isinstance(getattr(outer, "data", None), msgspec.Raw)


@needs_payloads
@pytest.mark.parametrize("name", [*ANSWERS, *BARE])
def test_every_leaf_of_a_rest_answer_is_its_attribute(name: str) -> None:
    """A REST answer of a served endpoint loses nothing between the text and the struct."""
    shape = (ANSWERS | BARE)[name]
    texts = documents(FOLDER / name)
    assert sum(_compared(text, shape) for text in texts) > 0


@needs_payloads
@pytest.mark.parametrize("name", SOCKETS)
def test_every_leaf_of_a_frame_is_its_attribute(name: str) -> None:
    """A frame of a watched topic loses nothing between the text and the struct."""
    texts = documents(FOLDER / name)
    assert texts
    for text in texts:
        assert _compared(text, shape_of_frame(text)) > 0


@needs_payloads
def test_no_payload_is_left_out() -> None:
    """Each file is either decoded, compared with what is sent, or named with the reason why it is neither."""
    named = {*ANSWERS, *BARE, *SOCKETS, *REQUESTS}
    beginnings = tuple(start for starts in OUT_OF_SCOPE.values() for start in starts)
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert {name for name in files - named if not name.startswith(beginnings)} == set()
    assert named - files == set()
    assert not [start for start in beginnings if not any(name.startswith(start) for name in files - named)]


def _sent_by_this_client(kind: str) -> dict[str, Any]:
    """One frame or body of the kind, made by the code that is used on the wire."""
    moment = Moment(1_700_000_000_000, 0.0)
    if kind == "place":
        request = OrderRequest(
            account_id=100009,
            symbol="ethusdt",
            side=Side.BUY,
            type=OrderType.LIMIT,
            amount=Decimal("10.1"),
            price=Decimal("100.1"),
            source="api",
        )
        return dict(json.loads(place_body("a0001", request)))
    if kind == "private sub":
        private = PrivateSession(Signer(Credentials(Secret("a"), Secret("b")), Hosts.live()))
        private.opened(moment)
        private.outgoing(0)
        private.receive(['{"action":"req","code":200,"ch":"auth","data":{}}'], moment)
        return dict(json.loads(private.outgoing(0)[0]))
    if kind == "pong":
        private = PrivateSession(Signer(Credentials(Secret("a"), Secret("b")), Hosts.live()))
        private.receive(['{"action":"ping","data":{"ts":1575537778295}}'], moment)
        return dict(json.loads(private.outgoing(0)[0]))
    session = MarketSession(Link.MARKET)
    session.watch({Topic(TopicKind.CANDLES, "ethbtc", Period.MINUTE)})
    sent = session.outgoing(0)
    if kind == "unsub":
        session.watch(())
        sent = session.outgoing(0)
    if kind == "req":
        session.request("market.btcusdt.mbp.5", 1, 2)
        sent = [
            json.dumps({k: v for k, v in json.loads(text).items() if k not in {"from", "to"}})
            for text in session.outgoing(1)
        ]
    return dict(json.loads(sent[-1]))


@needs_payloads
@pytest.mark.parametrize(("name", "kind"), REQUESTS.items())
def test_what_is_sent_has_the_documented_shape(name: str, kind: str) -> None:
    """What this client sends has the very keys, and the kinds of values, of the documentation's example."""
    documented = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    sent = _sent_by_this_client(kind)
    if kind == "place":
        assert sent == documented
    assert {key: type(value) for key, value in sent.items()} == {key: type(value) for key, value in documented.items()}


def test_the_comparison_can_fail(tmp_path: Path) -> None:
    """A leaf without an attribute, and a digit that is lost, are both found."""
    path = tmp_path / "kline.json"
    path.write_text('{"id":1,"open":1.0,"close":1,"low":1,"high":1,"amount":1,"vol":1,"count":1,"new":1}')
    shape = BARE["ccxt/htx.parse_ohlcv.1.json"]
    with pytest.raises(AssertionError, match="new has no typed attribute"):
        _compared(documents(path)[0], shape)
    with pytest.raises(AssertionError):
        _same(_parsed("1.10"), Decimal("1.1"), "")
