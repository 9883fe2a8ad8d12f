"""Signatures: HTX's published algorithm, other people's vectors, another people's client, and no leak."""

import ast
import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import ccxt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hbtui.htx
from hbtui.htx.hosts import Hosts
from hbtui.htx.signing import Signer, canonical_query, timestamp
from hbtui.model.secret import Credentials, Secret
from tests.htx.payload_files import FOLDER

_VECTORS = FOLDER / "signing" / "sign_vectors.json"
ACCESS, SECRET = "b7aa10f4-hrf5gdfghe-0e1c4d2b-a93f1", "d4f0c8be-91a7e650-3bb2cd18-77e0a"


def _signer(access: str = ACCESS, secret: str = SECRET, *, aws: bool = False) -> Signer:
    return Signer(Credentials(Secret(access), Secret(secret)), Hosts.live(aws=aws))


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def _by_hand(secret: str, *lines: str) -> str:
    """The signature as HTX's documentation describes it, written down a second time."""
    digest = hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _vectors() -> list[dict[str, Any]]:
    return list(json.loads(_VECTORS.read_text())) if _VECTORS.is_file() else []


@pytest.mark.skipif(not _VECTORS.is_file(), reason="the shared signature vectors are not here (../shared/htx)")
def test_every_vector() -> None:
    """Each HMAC vector of three other implementations comes out the same, REST and socket alike."""
    counted = 0
    for vector in _vectors():
        auth = vector["params"]
        if auth.get("SignatureMethod") == "Ed25519":
            continue  # another kind of key, which this client does not offer
        access = auth.get("AccessKeyId") or auth["accessKey"]
        signer = _signer(access, vector["secret"], aws=vector["host"].startswith("api-aws"))
        if "accessKey" in auth:
            params = signer.socket_params(vector["path"], _ms(auth["timestamp"]))
            assert params == {"authType": "api", **auth, "signature": vector["signature"]}
        else:
            names = {"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp"}
            business = {name: value for name, value in auth.items() if name not in names}
            query = signer.query(vector["method"], vector["path"], business, _ms(auth["Timestamp"]))
            assert query == f"{vector['query']}&Signature={vector['signature_urlencoded']}"
        counted += 1
    assert counted >= 5


def test_a_get_signs_its_parameters_in_byte_order() -> None:
    """Upper-case names come first, values are percent-encoded in upper-case hex, and the text has four lines."""
    path = "/v1/order/orders/getClientOrder"
    query = _signer().query("GET", path, {"clientOrderId": "a b:c/d+e=f~"}, _ms("2024-12-31T00:00:00"))
    signed, signature = query.split("&Signature=")
    assert signed == (
        f"AccessKeyId={ACCESS}&SignatureMethod=HmacSHA256&SignatureVersion=2"
        "&Timestamp=2024-12-31T00%3A00%3A00&clientOrderId=a%20b%3Ac%2Fd%2Be%3Df~"
    )
    assert signature == quote(_by_hand(SECRET, "GET", "api.huobi.pro", path, signed), safe="")


def test_a_post_signs_only_who_and_when() -> None:
    """The body of an order is not part of the signature, so the query holds the four parameters and nothing else."""
    query = _signer().query("POST", "/v1/order/orders/place", {}, _ms("2024-05-06T07:08:09"))
    assert set(dict(parse_qsl(query))) == {
        "AccessKeyId",
        "SignatureMethod",
        "SignatureVersion",
        "Timestamp",
        "Signature",
    }


def test_the_socket_signs_with_names_of_its_own() -> None:
    """v2.1 signs camelCase names without ``authType``, and sends plain values."""
    params = _signer().socket_params("/ws/v2", _ms("2024-05-06T07:08:09"))
    text = f"accessKey={ACCESS}&signatureMethod=HmacSHA256&signatureVersion=2.1&timestamp=2024-05-06T07%3A08%3A09"
    assert params["signature"] == _by_hand(SECRET, "GET", "api.huobi.pro", "/ws/v2", text)
    assert params["timestamp"] == "2024-05-06T07:08:09"


def test_a_loopback_signature_covers_the_port() -> None:
    """What is signed is what the Host header says: with the port, where it is not the usual one."""
    credentials = Credentials(Secret(ACCESS), Secret(SECRET))
    query = Signer(credentials, Hosts.loopback("http://127.0.0.1:8123")).query("GET", "/v1/account/accounts", {}, 0)
    signed, signature = query.split("&Signature=")
    assert signature == quote(_by_hand(SECRET, "GET", "127.0.0.1:8123", "/v1/account/accounts", signed), safe="")


@given(st.integers(0, 4_102_444_800_000))
def test_a_timestamp_is_whole_utc_seconds(now_ms: int) -> None:
    """Fractions are cut, not rounded: a time ahead of the venue's would be refused."""
    text = timestamp(now_ms)
    assert len(text) == 19
    assert _ms(text) == now_ms // 1000 * 1000


def test_a_timestamp_does_not_depend_on_where_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that keeps the time of Shanghai signs with UTC all the same."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "CST-8")
        time.tzset()
        assert timestamp(_ms("2024-12-31T23:30:00")) == "2024-12-31T23:30:00"
    time.tzset()


def test_names_are_encoded_like_values() -> None:
    """Every character but letters, digits and ``-_.~`` is encoded, in a parameter's name as in its value."""
    assert canonical_query({"a/b~c": "d/e~f"}) == "a%2Fb~c=d%2Fe~f"


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=6))
def test_a_canonical_query_can_be_read_back(params: dict[str, str]) -> None:
    """Whatever the text, decoding the query gives it back, and no character outside the unreserved ones is bare."""
    encodable = {k: v for k, v in params.items() if (k + v).isprintable() and k}
    query = canonical_query(encodable)
    assert dict(parse_qsl(query, keep_blank_values=True)) == encodable
    assert query.isascii()
    assert " " not in query
    assert "+" not in query


# as every parameter of HTX begins: ccxt leaves names that sort before "AccessKeyId" out of order
_NAMES = st.from_regex(r"[a-z][a-zA-Z-]{0,13}", fullmatch=True)
_VALUES = st.text("abcXYZ0189 :/,+=_-.~", min_size=1, max_size=20)
_WITNESS: Any = ccxt.htx({"apiKey": ACCESS, "secret": SECRET})


@settings(max_examples=200)
@given(
    st.sampled_from(["GET", "POST"]),
    st.dictionaries(_NAMES, _VALUES, max_size=6),
    st.integers(1_500_000_000, 4_000_000_000),
)
def test_ccxt_signs_identically(method: str, params: dict[str, str], seconds: int) -> None:
    """For 200 random requests, the query and signature of ccxt (unchanged) are the ones made here."""
    _WITNESS.nonce = _WITNESS.milliseconds = lambda: seconds * 1000
    sent = _WITNESS.sign("order/openOrders", ["spot", "private"], method, dict(params))
    parts = urlsplit(sent["url"])
    business = params if method == "GET" else {}
    own = _signer().query(method, parts.path, business, seconds * 1000)
    theirs, ours = dict(parse_qsl(parts.query)), dict(parse_qsl(own))
    assert parts.netloc == "api.huobi.pro"
    assert ours == theirs


def test_the_key_in_use_is_named_to_htx() -> None:
    """The one parameter that asks about the key itself carries the access key under HTX's name for it."""
    credentials = Credentials(Secret("access"), Secret("secret"))
    assert Signer(credentials, Hosts.live()).own_key_param() == {"accessKey": "access"}


def test_the_sockets_frame_says_what_kind_of_sign_in_it_is() -> None:
    """HTX wants ``authType`` beside the signed parameters, and it is not one of them."""
    params = _signer().socket_params("/ws/v2", 0)
    assert params["authType"] == "api"
    assert set(params) == {"authType", "accessKey", "signatureMethod", "signatureVersion", "timestamp", "signature"}


def test_only_the_signer_reveals() -> None:
    """No other module of the client calls ``reveal()``."""
    folder = Path(hbtui.htx.__file__).parent
    callers = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    }
    assert callers == {"signing.py"}


def test_a_signer_shows_nothing() -> None:
    """Neither the signer nor what it holds gives a key away when it is printed."""
    signer = _signer()
    shown = f"{signer!r}{vars(signer)!r}"
    assert ACCESS not in shown
    assert SECRET not in shown
