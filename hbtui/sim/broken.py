"""Documents that break readers of JSON, and compressed ones that fill memories; made when asked for."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

__all__ = ["BROKEN", "bomb", "bomb_frame"]

_BLOCK = 1 << 20

BROKEN: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "deep": lambda: b'{"status":"ok","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "long-integer": lambda: b'{"status":"ok","data":' + b"9" * 5000 + b"}",
        "huge-exponent": lambda: b'{"status":"ok","data":1e999999999}',
        "nan": lambda: b'{"status":"ok","data":NaN}',
        "duplicate-keys": lambda: b'{"status":"ok","data":"1","data":"2"}',
        "lone-surrogate": lambda: b'{"status":"ok","data":"\\ud800"}',
        "bad-utf8": lambda: b'{"status":"ok","data":"\xff\xfe"}',
        "byte-order-mark": lambda: b'\xef\xbb\xbf{"status":"ok","data":null}',
        "truncated": lambda: b'{"status":"ok","da',
        "null-data": lambda: b'{"status":"ok","data":null}',
        "list": lambda: b"[]",
        "html": lambda: b"<html><body>moved</body></html>",
        "empty": lambda: b"",
    }
)
"""By name, for the action ``bad-json``."""


def bomb(megabytes: int) -> Iterator[bytes]:
    """``{"status":"ok","data":"aaa…"}`` of so many megabytes as gzip, in pieces: about a thousandth of that."""
    head, filler, tail = b'{"status":"ok","data":"', b"a" * _BLOCK, b'"}'
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    check, size = 0, 0
    packed = _flushed(filler)
    for piece, compressed in ((head, _flushed(head)), *((filler, packed) for _ in range(megabytes)), (tail, b"")):
        check, size = zlib.crc32(piece, check), size + len(piece)
        if piece is not tail:
            yield compressed
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield last.compress(tail) + last.flush()
    yield check.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")


def bomb_frame(megabytes: int) -> bytes:
    """The same as one frame of the market sockets."""
    return b"".join(bomb(megabytes))


def _flushed(piece: bytes) -> bytes:
    # after a full flush nothing refers back, so one compressed block can be sent again and again
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
