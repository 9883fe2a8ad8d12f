"""Two processes of one user talking over a real socket: every question comes back as it was answered, or not at all."""

import asyncio
import json
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.local.client import AnswerLost, LentDesk, Unreachable, find_holder
from hbtui.local.messages import LINE_LIMIT
from hbtui.local.ports import CancelEnd, Judged, Planned
from hbtui.local.server import LocalServer
from hbtui.model.entry import JournalEntry
from hbtui.model.errors import ExchangeError, JournalError, NetworkError, NotFound, VenueError
from hbtui.model.order import Confirmation, Fill, Order, OrderState, Side
from hbtui.trading.desk import CancelReport
from hbtui.trading.views import Denied, Finding, Severity
from tests.local.desks import HOLDER, ScriptedDesk, limit_buy, listening, order_of, sockets
from tests.support.eventually import eventually

PLANNED = Planned("hb1D0", limit_buy())
MEANT = Confirmation(at_ms=5, by="command", shown="Buy", reference=Decimal("0.0733"), allowed=frozenset({"A", "B"}))


async def raw(path: Path, *parts: bytes) -> list[bytes]:
    """Connect, send bytes, and read every line until the other end closes."""
    reader, writer = await asyncio.open_unix_connection(path, limit=1 << 20)
    try:
        for part in parts:
            writer.write(part)
        await writer.drain()
        return [line async for line in reader if line.endswith(b"\n")]
    except ConnectionError:
        return []
    finally:
        writer.close()


async def test_whatever_is_asked_arrives_and_comes_back_exactly() -> None:
    """Requests, confirmations, findings, orders, reports and entries survive the way to the last digit."""
    finding = Finding("MAX_ORDER_VALUE", "above the cap", Severity.ERROR, "amount", phrase="36 USDT")
    judged = (Judged((finding,), Decimal("0.07331")),)
    fill = Fill(
        trade_id=3, order_id="77", symbol="dogeusdt", side=Side.BUY, price=Decimal("0.1"), amount=Decimal(1), ts_ms=4
    )
    order = order_of(PLANNED, fills=(fill,), filled_base=Decimal("1.10"), fees=Decimal("-0.0000001"))
    entry = JournalEntry(1, 2, "intent", "hb1D0", {"body": '{"a":"b"}'})
    desk = ScriptedDesk(
        {
            "judge": judged,
            "place": (order,),
            "cancel": (CancelEnd("77", order), CancelEnd("78", None)),
            "cancel_all": CancelReport(3, 1, "no answer"),
            "orders": (order, order),
            "audit": (entry,),
        }
    )
    async with listening(desk) as (paths, _):
        lent = LentDesk(paths)
        assert await lent.judge([limit_buy()]) == judged
        assert await lent.place([PLANNED], MEANT) == (order,)
        assert await lent.cancel(["77", "78"]) == (CancelEnd("77", order), CancelEnd("78", None))
        assert await lent.cancel_all([9, 8], "dogeusdt") == CancelReport(3, 1, "no answer")
        assert await lent.orders([9], None) == (order, order)
        assert await lent.audit("77") == (entry,)
        assert lent.handed_over("hb1D0") == order
    assert [asked for _, asked in desk.asked] == [
        (limit_buy(),),
        ((PLANNED,), MEANT),
        ("77", "78"),
        ((9, 8), "dogeusdt"),
        ((9,), None),
        "77",
    ]


async def test_many_orders_are_told_in_several_lines() -> None:
    """A list longer than a line may be arrives whole and in order."""
    orders = tuple(order_of(Planned(f"hb1D{number}", limit_buy())) for number in range(600))
    async with listening(ScriptedDesk({"orders": orders})) as (paths, _):
        assert await LentDesk(paths).orders([9], None) == orders


@pytest.mark.parametrize(
    "error",
    [
        Denied((Finding("RATE", "too fast", Severity.ERROR),)),
        JournalError("The disk is full."),
        NetworkError("No answer.", advice="Look at the cable."),
        VenueError("base-symbol-error", "No.", advice="Try another."),
        NotFound("symbol", "None."),
        ExchangeError("Odd."),
    ],
)
async def test_a_refusal_is_the_same_refusal_at_the_other_end(error: Exception) -> None:
    """Kind, sentence, advice and code are kept; and since nothing was sent, nothing is in doubt."""
    async with listening(ScriptedDesk({"place": error})) as (paths, _):
        lent = LentDesk(paths)
        with pytest.raises(type(error)) as caught:
            await lent.place([PLANNED], MEANT)
        assert lent.handed_over(PLANNED.client_order_id) is None
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    for name in ("advice", "code", "findings"):
        assert getattr(caught.value, name, None) == getattr(error, name, None)


async def test_the_holder_is_named_and_a_missing_one_is_not() -> None:
    """Who asks learns who holds the account; without a socket, nobody does and nothing is asked."""
    async with listening() as (paths, _):
        assert await find_holder(paths) == HOLDER
    assert await find_holder(paths) is None
    lent = LentDesk(paths)
    with pytest.raises(Unreachable):
        await lent.place([PLANNED], MEANT)
    assert lent.handed_over(PLANNED.client_order_id) is None


async def test_a_holder_that_still_starts_is_asked_again() -> None:
    """Until the desk is there every question is put off by the holder, and answered once it is."""
    put_off: list[bytes] = []

    class Starting(LocalServer):
        async def _lines(self, line: bytes) -> list[bytes]:
            lines = await super()._lines(line)
            put_off.extend(lines)
            return lines

    desk, paths = ScriptedDesk(), sockets()
    async with Starting(HOLDER) as server:
        assert await server.open(paths) == ""
        asking = asyncio.create_task(LentDesk(paths).place([PLANNED], MEANT))
        await eventually(lambda: put_off)
        assert b"still starting" in put_off[0]
        server.lend(desk)
        assert [order.state for order in await asking] == [OrderState.SUBMITTED]
    assert len(desk.asked) == 1


async def test_an_answer_that_is_lost_leaves_the_order_uncertain() -> None:
    """The holder takes the question and is gone: the caller has an uncertain order, and asks nobody again."""
    paths = sockets()
    paths[0].parent.mkdir(mode=0o700)
    questions: list[bytes] = []

    async def vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        holder = {"pid": 1, "what": "screen", "since_ms": 2, "mode": "demo"}
        writer.write(json.dumps({"v": 1, "holder": holder, "is_ready": True}).encode() + b"\n")
        questions.append(await reader.readline())
        writer.close()

    async with await asyncio.start_unix_server(vanish, paths[0]):
        lent = LentDesk(paths)
        (order,) = await lent.place([PLANNED], MEANT)
        assert (order.state, order.client_order_id) == (OrderState.UNCERTAIN, "hb1D0")
        assert lent.handed_over("hb1D0") == order
        with pytest.raises(AnswerLost):
            await lent.cancel(["77"])
    assert len(questions) == 2


async def test_a_caller_that_is_cut_off_knows_that_its_order_may_be_sent() -> None:
    """Ctrl-C while the holder works on the order: it is in doubt, not unsent."""
    never = asyncio.Event()

    class Slow(ScriptedDesk):
        async def place(self, planned: object, confirmation: object) -> tuple[Order, ...]:
            self.asked.append(("place", planned))
            await never.wait()
            return ()

    desk = Slow()
    async with listening(desk) as (paths, _):
        lent = LentDesk(paths)
        asking = asyncio.create_task(lent.place([PLANNED], MEANT))
        await eventually(lambda: desk.asked)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        handed = lent.handed_over("hb1D0")
        never.set()
    assert handed is not None
    assert handed.state is OrderState.UNCERTAIN


async def test_the_holder_answers_before_it_ends() -> None:
    """Closing waits for what was asked, takes nothing new, and leaves no socket behind."""
    started, go = asyncio.Event(), asyncio.Event()

    class Slow(ScriptedDesk):
        async def orders(self, account_ids: object, symbol: object) -> tuple[Order, ...]:
            started.set()
            await go.wait()
            return ()

    async with listening(Slow()) as (paths, server):
        asking = asyncio.create_task(LentDesk(paths).orders([9], None))
        await started.wait()
        closing = asyncio.create_task(server.close())
        await eventually(lambda: not paths[0].exists())
        assert await find_holder(paths) is None
        go.set()
        assert await asking == ()
        await closing


async def test_socket_and_folder_are_for_this_user_alone() -> None:
    """0600 in 0700."""
    async with listening() as (paths, _):
        status = paths[0].lstat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700


async def test_what_a_dead_holder_left_is_replaced_and_what_is_no_socket_is_not() -> None:
    """A stale socket goes; a file at its place stays, and the next place is used."""
    (first,), (second,) = sockets(), sockets()
    first.parent.mkdir(mode=0o700)
    stale = LocalServer(HOLDER)
    assert await stale.open([first]) == ""
    assert stale._server is not None
    stale._server.close()
    async with LocalServer(HOLDER) as server:
        assert await server.open([first]) == ""
        assert await find_holder([first]) == HOLDER
    first.write_text("precious")
    async with LocalServer(HOLDER) as server:
        assert await server.open([first, second]) == ""
        assert await find_holder([first, second]) == HOLDER
    assert first.read_text() == "precious"


async def test_a_socket_behind_a_link_or_in_an_open_folder_is_not_asked() -> None:
    """Who could have put the link, or entered the folder, could be anyone."""
    async with listening() as (paths, _):
        link = paths[0].with_name("link.sock")
        link.symlink_to(paths[0])
        assert await find_holder([link]) is None
        paths[0].parent.chmod(0o755)
        assert await find_holder(paths) is None
        paths[0].parent.chmod(0o700)
        assert await find_holder(paths) == HOLDER


PLACE = {"type": "place", "v": 1, "planned": [], "confirmation": {"at_ms": 1, "by": "x"}}


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"[]\n",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"type":"orders","v":1,"account_ids":[9]}\n',
        b'{"type":"orders","v":1,"account_ids":["9"],"symbol":null}\n',
        b'{"type":"orders","v":1,"account_ids":[9],"symbol":null,"more":1}\n',
        b'{"type":"orders","v":2,"account_ids":[9],"symbol":null}\n',
        b'{"type":"steal","v":1}\n',
        b'{"type":"audit","v":1,"key":' + b"[" * 60_000 + b"\n",
        b'{"type":"audit","v":1,"key":"' + b"x" * (2 * LINE_LIMIT) + b'"}\n',
    ],
    ids=("http", "list", "nothing", "binary", "short", "kind", "more", "version", "unknown", "deep", "endless"),
)
async def test_what_makes_no_sense_is_told_so_and_does_nothing(line: bytes) -> None:
    """Junk, wrong types, other versions, deep and endless lines: no desk is asked, and the next one is answered."""
    desk = ScriptedDesk()
    async with listening(desk) as (paths, _):
        lines = await raw(paths[0], line)
        assert not lines or json.loads(lines[-1]).get("fault", {"kind": "misread"})["kind"] == "misread"
        assert desk.asked == []
        assert await LentDesk(paths).orders([9], None) == ()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+999", "1e-99", "9" * 41])
async def test_no_odd_number_reaches_the_desk(amount: str) -> None:
    """An amount that is no plain number is refused before anything is judged by it."""
    request = {"account_id": 9, "symbol": "dogeusdt", "side": "buy", "type": "market", "amount": amount}
    question = {**PLACE, "planned": [{"client_order_id": "a", "request": request}]}
    desk = ScriptedDesk()
    async with listening(desk) as (paths, _):
        lines = await raw(paths[0], json.dumps(question).encode() + b"\n")
        assert json.loads(lines[-1])["fault"]["kind"] == "misread"
    assert desk.asked == []


async def test_a_peer_that_says_nothing_does_not_hold_the_others() -> None:
    """Idle peers are welcomed and later cut off; a real question beside them is answered, and too many are refused."""
    async with listening(ScriptedDesk()) as (paths, server):
        idle = [await asyncio.open_unix_connection(paths[0]) for _ in range(31)]
        await eventually(lambda: len(server._talks) == 31)
        assert await LentDesk(paths).orders([9], None) == ()
        more = [await asyncio.open_unix_connection(paths[0]) for _ in range(3)]
        assert [await reader.readline() == b"" for reader, _ in more].count(True) == 2
        for _, writer in (*idle, *more):
            writer.close()
        await eventually(lambda: not server._talks)
        assert await LentDesk(paths).orders([9], None) == ()


async def test_a_question_is_seen_through_though_its_asker_left() -> None:
    """An order whose asker hangs up after asking is placed all the same: it was meant, and its end is journalled."""
    desk = ScriptedDesk()
    request = {"account_id": 9, "symbol": "dogeusdt", "side": "buy", "type": "market", "amount": "20"}
    question = {**PLACE, "planned": [{"client_order_id": "a", "request": request}]}
    async with listening(desk) as (paths, _):
        reader, writer = await asyncio.open_unix_connection(paths[0])
        await reader.readline()
        writer.write(json.dumps(question).encode() + b"\n")
        await writer.drain()
        writer.close()
        await eventually(lambda: desk.asked)
        assert await find_holder(paths) == HOLDER
