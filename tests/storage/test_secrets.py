"""No key and no signature is ever in the journal, whatever the venue or the network did to the signed requests."""

import base64
import urllib.parse
from dataclasses import replace
from pathlib import Path

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.account import Mode
from hbtui.model.order import Accepted, OrderType, Outcome, Refused, Unknown
from hbtui.model.secret import Credentials, Secret
from hbtui.sim.keys import SPOT_ACCOUNT
from hbtui.storage.journal import Journal
from hbtui.trading.client_ids import new_client_order_id
from tests.storage.journals import content
from tests.support.exchange import RunningExchange, exchange_in_thread
from tests.support.trading_values import NOW_MS, intent, request

PLACE = "/v1/order/orders/place"
SIGNED_WITH = (b"AccessKeyId", b"SignatureMethod", b"Signature=")


def spellings(secret: str) -> set[bytes]:
    """Tell how a secret may be written."""
    plain = secret.encode()
    quoted = urllib.parse.quote(secret).encode()
    return {plain, plain[::-1], plain.hex().encode(), base64.b64encode(plain), quoted, plain[:12], plain[-12:]}


async def journalled(journal: Journal, client: HtxExchange, number: int) -> Outcome:
    """Place an order as the desk does: journalled, sent once, and its outcome journalled."""
    key = new_client_order_id(Mode.DEMO, NOW_MS + number)
    asked = replace(request(kind=OrderType.MARKET, amount="20", price=None), account_id=SPOT_ACCOUNT)
    body = client.body_of(key, asked)
    meant = replace(intent(asked), client_order_id=key, body=body, host=client.host)
    await journal.record_intent(meant)
    outcome = await client.place(meant)
    await journal.record_outcome(key, outcome, NOW_MS)
    return outcome


async def placed(exchange: RunningExchange, path: Path, secret: str) -> list[type[Outcome]]:
    """Place orders that are taken, refused, lost on the way back, garbled, and that never leave."""
    told: list[type[Outcome]] = []
    pair = Credentials(Secret(exchange.access_key), Secret(secret))
    hosts = Hosts.from_ready_line(exchange.ready_line)
    async with Journal.open(path) as journal, HtxExchange.open(hosts, pair) as client:
        told.append(type(await journalled(journal, client, 0)))
        for action in ("drop-answer", "half-answer", "redirect", "bad-json"):
            exchange.fault(PLACE, action, location="http://127.0.0.1:9", body="cut")
            told.append(type(await journalled(journal, client, 1)))
            exchange.clear_faults()
        exchange.fault(PLACE, "error", status=200, code="order-value-min-error", message="too little")
        told.append(type(await journalled(journal, client, 2)))
    return told


def found(path: Path, exchange: RunningExchange) -> list[bytes]:
    """Tell which secrets are in the file or its log, in whatever spelling."""
    on_disk = b"".join(content(Path(f"{path}{suffix}")) for suffix in ("", "-wal", ".lock"))
    assert b"client-order-id" in on_disk
    secrets = spellings(exchange.secret_key) | spellings(exchange.access_key)
    return [one for one in (*secrets, *SIGNED_WITH) if one in on_disk]


async def test_no_key_and_no_signature_is_in_the_files(tmp_path: Path) -> None:
    """After orders that went well and badly, file, log and lock hold their bodies, and no secret in any spelling.

    The control: a secret that is written into a reason on purpose is found.
    """
    path = tmp_path / "demo.sqlite"
    with exchange_in_thread() as exchange:
        told = await placed(exchange, path, exchange.secret_key)
    assert {Accepted, Unknown, Refused} == set(told)
    async with Journal.open(path) as journal:
        assert found(path, exchange) == []
        leak = Unknown(f"{PLACE}?Signature={exchange.secret_key}")
        await journal.record_outcome(intent().client_order_id, leak, NOW_MS)
        assert len(found(path, exchange)) > 1
