"""Gunzip of one frame, within a cap: a bomb stops at the cap instead of filling the memory."""

import zlib

__all__ = ["FRAME_LIMIT", "INFLATED_LIMIT", "gunzipped"]

FRAME_LIMIT = 1 << 20
"""Bytes of one compressed frame."""
INFLATED_LIMIT = 4 << 20
"""Bytes of one frame when inflated."""


def gunzipped(frame: bytes, limit: int = INFLATED_LIMIT) -> bytes:
    """Inflate one whole gzip frame; raise ``ValueError`` where it is damaged, cut short, doubled or too large."""
    inflater = zlib.decompressobj(31)
    try:
        data = inflater.decompress(frame, limit)
    except zlib.error:
        message = "damaged compression"
        raise ValueError(message) from None
    if not inflater.eof:
        message = "too large" if inflater.unconsumed_tail else "cut short"
        raise ValueError(message)
    if inflater.unused_data:
        message = "more than one frame in a frame"
        raise ValueError(message)
    return data
