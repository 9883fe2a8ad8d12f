"""A request whose sender is gone before it is whole is none."""

import socket

from tests.support.exchange import exchange_in_thread


def test_half_an_order_is_no_order() -> None:
    """A connection that ends in the middle of an order's body leaves no arrival in the exchange's books."""
    with exchange_in_thread() as exchange:
        head = "POST /v1/order/orders/place?AccessKeyId=x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n"
        with socket.create_connection(("127.0.0.1", exchange.port)) as half:
            half.sendall(head.encode() + b'{"symbol":')
        with socket.create_connection(("127.0.0.1", exchange.port)) as after:
            after.sendall(b"GET /v1/common/timestamp HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            while after.recv(4096):
                pass
        assert exchange.events() == []
