"""Only HTX over TLS, or this computer: no other address can even be written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.hosts import HostRefused, Hosts


def test_live_is_htx_over_tls() -> None:
    """The four live addresses are HTX's documented ones, on either host."""
    hosts = Hosts.live()
    assert (hosts.rest, hosts.market_ws) == ("https://api.huobi.pro", "wss://api.huobi.pro/ws")
    assert (hosts.feed_ws, hosts.private_ws) == ("wss://api.huobi.pro/feed", "wss://api.huobi.pro/ws/v2")
    assert Hosts.live(aws=True).name == "api-aws.huobi.pro"
    assert hosts.is_live


@pytest.mark.parametrize("rest", ["http://127.0.0.1:8123", "http://localhost:8123", "http://127.0.0.1:08123"])
def test_loopback_has_one_spelling(rest: str) -> None:
    """However this computer is called, the address is the number, so that no resolver is trusted with it."""
    hosts = Hosts.loopback(rest)
    assert hosts.rest == "http://127.0.0.1:8123"
    assert hosts.private_ws == "ws://127.0.0.1:8123/ws/v2"
    assert hosts.name == "127.0.0.1:8123"
    assert not hosts.is_live


def test_loopback_over_ip6() -> None:
    """The other loopback works too."""
    assert Hosts.loopback("http://[::1]:9").feed_ws == "ws://[::1]:9/feed"


REFUSED = [
    "https://127.0.0.1:8123",
    "http://127.0.0.1",
    "http://127.0.0.1:0",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:8123/path",
    "http://127.0.0.1:8123?x=1",
    "http://127.0.0.1:8123#x",
    "http://user@127.0.0.1:8123",
    "http://user:pass@127.0.0.1:8123",
    "http://127.0.0.1:8123@evil.example",
    "http://evil.example:8123",
    "http://127.0.0.1.evil.example:8123",
    "http://127.0.0.1.:8123",
    "http://localhost.:8123",
    "http://127.1:8123",
    "http://2130706433:8123",
    "http://0x7f.0.0.1:8123",
    "http://0.0.0.0:8123",
    "http://192.168.0.1:8123",
    "http://[::ffff:127.0.0.1]:8123",
    "http://１27.0.0.1:8123",
    "http://loc\u0430lhost:8123",
    "http://127.0.0.1:8123\n",
    " http://127.0.0.1:8123",
    "HTTP://127.0.0.1:8123",
    "ws://127.0.0.1:8123",
    "file:///etc/passwd",
    "127.0.0.1:8123",
    "",
]


@pytest.mark.parametrize("rest", REFUSED)
def test_everything_else_is_refused(rest: str) -> None:
    """Each disguise of a foreign address is refused with a sentence of plain ASCII."""
    with pytest.raises(HostRefused) as refused:
        Hosts.loopback(rest)
    assert str(refused.value).endswith(".")
    assert "is not an address that hbtui connects to" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "rest",
    [
        "http://api.huobi.pro",
        "https://api.huobi.pro:8443",
        "https://api.huobi.pro.",
        "https://api.huobi.pro.evil.example",
        "https://xapi.huobi.pro",
        "https://api.huobi.pro@evil.example",
        "https://127.0.0.1",
        "https://203.0.113.7",
        "https://api.hu\u043ebi.pro",
    ],
)
def test_live_is_nothing_else(rest: str) -> None:
    """A live host is one of two names; nothing near them will do."""
    real = Hosts.live()
    with pytest.raises(HostRefused):
        Hosts(rest, real.market_ws, real.feed_ws, real.private_ws, is_live=True)


def test_one_foreign_socket_spoils_all() -> None:
    """All four addresses are checked, not only the first."""
    with pytest.raises(HostRefused):
        Hosts(
            "https://api.huobi.pro",
            "wss://evil.example/ws",
            "wss://api.huobi.pro/feed",
            "wss://api.huobi.pro/ws/v2",
            is_live=True,
        )
    with pytest.raises(HostRefused):
        Hosts(
            "https://api.huobi.pro",
            "wss://api.huobi.pro/ws",
            "wss://api.huobi.pro/ws",
            "wss://api.huobi.pro/ws/v2",
            is_live=True,
        )


def test_the_ready_line() -> None:
    """What the embedded exchange prints is enough; a missing or foreign address in it is refused."""
    line: dict[str, object] = {
        "rest": "http://127.0.0.1:7",
        "market_ws": "ws://127.0.0.1:7/ws",
        "feed_ws": "ws://127.0.0.1:7/feed",
        "private_ws": "ws://127.0.0.1:7/ws/v2",
        "access_key": "a",
    }
    assert Hosts.from_ready_line(line) == Hosts.loopback("http://127.0.0.1:7")
    with pytest.raises(HostRefused, match="feed_ws is missing"):
        Hosts.from_ready_line({key: value for key, value in line.items() if key != "feed_ws"})
    with pytest.raises(HostRefused):
        Hosts.from_ready_line(line | {"private_ws": "wss://api.huobi.pro/ws/v2"})


@given(st.text(max_size=60))
def test_no_text_leads_anywhere_else(text: str) -> None:
    """Whatever is typed, the result is loopback or a refusal."""
    try:
        hosts = Hosts.loopback(text)
    except HostRefused:
        return
    assert hosts.rest.startswith(("http://127.0.0.1:", "http://[::1]:"))
