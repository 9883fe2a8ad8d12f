"""JSON as HTX writes it: market numbers as bare numbers in Java's notation, big ids as integers."""

import zlib
from decimal import Decimal

import msgspec

from hbtui.model.numbers import plain

__all__ = ["JsonObject", "decode", "encode", "gzipped", "number"]

JsonObject = dict[str, object]

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def number(value: Decimal) -> msgspec.Raw:
    """Write a market number without quotes as HTX does: ``710.0``, ``9.121E-7``, ``8.18E8``; never rounded."""
    digits = plain(value)
    whole, _, fraction = digits.partition(".")
    if len(whole.lstrip("-")) > 7 or (value and whole == "0" and fraction.startswith("000")):
        return msgspec.Raw(_exponent_form(value).encode())
    return msgspec.Raw((digits if fraction else digits + ".0").encode())


def _exponent_form(value: Decimal) -> str:
    sign, digits, _ = value.as_tuple()
    shown = "".join(map(str, digits)).lstrip("0").rstrip("0")
    mark = "-" if sign else ""
    return f"{mark}{shown[0]}.{shown[1:] or '0'}E{value.adjusted()}"


def encode(message: object) -> bytes:
    """Write one JSON document."""
    return _ENCODER.encode(message)


def decode(document: bytes | str) -> object:
    """Read one JSON document; raises ``ValueError`` for anything else, nesting without end included."""
    try:
        return _DECODER.decode(document)
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error


def gzipped(document: bytes) -> bytes:
    """Compress one frame of the market sockets (HTX docs: every server frame there is gzip)."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(document) + packer.flush()
