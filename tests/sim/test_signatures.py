"""Signatures: what HTX's own examples sign is accepted, and everything else is refused with HTX's words."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.sim.auth import check_private_socket, check_request, signature
from hbtui.sim.codes import Refused
from hbtui.sim.options import Options
from tests.sim.clients import signed_text

VECTORS = Path(__file__).parents[2].parent / "shared" / "htx" / "payloads" / "signing" / "sign_vectors.json"

KEY, SECRET = "e2e2e2e2-99aa99aa-84bb84bb-7c7c7", "b0b0b0b0-12345678-9abcdef0-5d5d5"
NOW = int(datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp() * 1000)
AUTH = {
    "AccessKeyId": KEY,
    "SignatureMethod": "HmacSHA256",
    "SignatureVersion": "2",
    "Timestamp": "2024-05-06T07:08:09",
}
OPEN_ORDERS = {**AUTH, "account-id": "100009", "symbol": "btcusdt", "side": "buy", "size": "5"}


def options(**changes: Any) -> Options:
    """The key of the examples, at the moment of the examples."""
    return Options(**{"access_key": KEY, "secret_key": SECRET, "clock": lambda: NOW, **changes})


def check(
    query: Mapping[str, str], host: str = "api.huobi.pro", method: str = "GET", path: str = "/p", **changes: Any
) -> None:
    """Check a request with these parameters."""
    check_request(options(**changes), method, host, path, list(query.items()), trades=changes.pop("trades", False))


def signed(
    query: Mapping[str, str], host: str = "api.huobi.pro", path: str = "/p", secret: str = SECRET
) -> dict[str, str]:
    """The parameters with their signature."""
    return {**query, "Signature": signed_text(secret, "GET", host, path, query)}


def vectors() -> list[Any]:
    """The published vectors, where they are to be had."""
    if not VECTORS.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"the shared payloads are not at {VECTORS}"))]
    found = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [pytest.param(item, id=str(item["name"])) for item in found if isinstance(item, dict)]


@pytest.mark.parametrize("vector", vectors())
def test_every_published_vector_signs_the_same(vector: dict[str, Any]) -> None:
    """Each vector that other clients of HTX agree on comes out the same here."""
    if "secret" not in vector or "Ed25519" in json.dumps(vector):
        pytest.skip("signed with a key pair, which is not served here")
    found = signature(
        vector["secret"], vector["method"], vector["host"], vector["path"], list(vector["params"].items())
    )
    assert found == vector["signature"]


def test_the_documented_example() -> None:
    """The first vector of the reference, literally."""
    found = signature(SECRET, "GET", "api.huobi.pro", "/v1/order/openOrders", list(OPEN_ORDERS.items()))
    assert found == "+0E70tMvdXgG+CVtD1EcTdPeuRIVoVB8AekfNUzJy5w="
    check({**OPEN_ORDERS, "Signature": found}, path="/v1/order/openOrders")


@given(
    st.dictionaries(st.from_regex(r"[a-zA-Z-]{1,12}", fullmatch=True), st.text(max_size=20), max_size=6), st.randoms()
)
def test_the_order_of_parameters_does_not_matter(extra: dict[str, str], random: Any) -> None:
    """However the client shuffles its query, the same signature fits; any text may be in a value."""
    query = signed({**extra, **AUTH})
    shuffled = list(query.items())
    random.shuffle(shuffled)
    check(dict(shuffled))


@given(st.sampled_from(sorted(OPEN_ORDERS)), st.text(min_size=1, max_size=8))
def test_any_change_is_noticed(name: str, changed: str) -> None:
    """Whatever parameter is changed after signing, the request is refused."""
    query = signed(OPEN_ORDERS)
    if changed == query[name]:
        changed += "x"
    with pytest.raises(Refused) as refusal:
        check({**query, name: changed})
    assert refusal.value.code == "api-signature-not-valid"


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "127.0.0.1"])
def test_the_host_may_be_signed_with_or_without_its_port(host: str) -> None:
    """Some HTTP libraries sign what they send as Host, others the name alone: both are accepted."""
    check(signed(AUTH, host=host), host="127.0.0.1:8123")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (AUTH, "login required"),
        (signed({**AUTH, "AccessKeyId": "nobody"}), "Incorrect Access key [Access key错误]"),
        (signed(AUTH, secret="wrong"), "Verification failure [校验失败]"),
        (signed(AUTH, path="/q"), "Verification failure [校验失败]"),
        (signed(AUTH, host="api-aws.huobi.pro"), "Verification failure [校验失败]"),
        (signed({**AUTH, "SignatureVersion": "1"}), "Verification failure [校验失败]"),
        (signed({**AUTH, "Timestamp": "2024-05-06T07:03:08"}), "[无效的提交时间]"),
        (signed({**AUTH, "Timestamp": "2024-05-06T07:13:10"}), "[无效的提交时间]"),
        (signed({**AUTH, "Timestamp": "2024-05-06T07:08:09Z"}), "[无效的提交时间]"),
        (signed({**AUTH, "Timestamp": ""}), "[无效的提交时间]"),
    ],
)
def test_each_mistake_has_its_words(query: dict[str, str], words: str) -> None:
    """A wrong key, secret, path, host, version or clock is refused with the text that HTX gives."""
    with pytest.raises(Refused) as refusal:
        check(query)
    assert words in refusal.value.message


@pytest.mark.parametrize("stamp", ["2024-05-06T07:03:09", "2024-05-06T07:13:09"])
def test_five_minutes_are_allowed(stamp: str) -> None:
    """A timestamp exactly 300 s off is still good; a stricter window can be chosen."""
    query = signed({**AUTH, "Timestamp": stamp})
    check(query)
    with pytest.raises(Refused):
        check(query, timestamp_window_s=60)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key_expired": True}, "APIkey has expired"),
        ({"refused_ip": "203.0.113.9"}, "Incorrect IP address [IP地址错误]:203.0.113.9"),
        ({"permission": "readOnly", "trades": True}, "API key has no permission [API Key没有权限]"),
    ],
)
def test_a_key_may_be_good_and_still_not_serve(changes: dict[str, Any], words: str) -> None:
    """An expired key, a foreign address and a missing permission are told apart; the address is in the text."""
    trades = bool(changes.pop("trades", False))
    with pytest.raises(Refused) as refusal:
        check_request(options(**changes), "GET", "api.huobi.pro", "/p", list(signed(AUTH).items()), trades=trades)
    assert words in refusal.value.message


def test_a_read_only_key_reads() -> None:
    """Without the trade permission, reads are still served."""
    check(signed(AUTH), permission="readOnly")


SOCKET = {
    "accessKey": KEY,
    "signatureMethod": "HmacSHA256",
    "signatureVersion": "2.1",
    "timestamp": "2024-05-06T07:08:09",
}


def test_the_socket_signature_of_the_reference() -> None:
    """The v2.1 vector of the reference is accepted, literally."""
    frame = {"authType": "api", **SOCKET, "signature": "sjPGbbcvZN2NAC0Z8bvzp09Y6p3at/qRx+y6Rn7RbGY="}
    check_private_socket(options(), "api.huobi.pro", "/ws/v2", frame)


@pytest.mark.parametrize(
    "name", ["authType", "accessKey", "signatureMethod", "signatureVersion", "timestamp", "signature"]
)
def test_a_socket_frame_without_a_field_is_refused(name: str) -> None:
    """Every field of the auth frame is needed."""
    frame = {"authType": "api", **SOCKET, "signature": "sjPGbbcvZN2NAC0Z8bvzp09Y6p3at/qRx+y6Rn7RbGY="}
    del frame[name]
    with pytest.raises(Refused):
        check_private_socket(options(), "api.huobi.pro", "/ws/v2", frame)


def test_options_hide_the_secret() -> None:
    """The secret is in no repr."""
    assert SECRET not in repr(options())
