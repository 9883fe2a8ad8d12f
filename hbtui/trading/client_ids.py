"""Client order ids: made before sending, unique for ever, and known again as this program's own.

``hb1``, a letter for the mode, a ULID (48 bits of milliseconds, 80 random bits) and two characters of checksum: 32
letters and digits, within both lengths that HTX's documents name (64 and 32). Nothing of the order is in it.
"""

import secrets
from binascii import crc32
from collections.abc import Callable
from re import compile as pattern

from hbtui.model.account import Mode

__all__ = ["given_id", "is_own", "made_ms", "new_client_order_id"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letter that reads like a digit
_PREFIX = "hb1"
_LETTERS = {Mode.LIVE: "L", Mode.PAPER: "P", Mode.DEMO: "D"}
_LENGTH = 32
_ULID_LENGTH = 26
_TAKEN_BY_HTX = pattern(r"[A-Za-z0-9_-]{1,64}", 0)


def new_client_order_id(mode: Mode, now_ms: int, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Make an id that was never used before; ``random_bytes`` is for tests only."""
    ulid = now_ms << 80 | int.from_bytes(random_bytes(10), "big")
    stem = _PREFIX + _LETTERS[mode] + _base32(ulid, _ULID_LENGTH)
    return stem + _checksum(stem)


def is_own(client_order_id: str) -> bool:
    """Whether this program made the id (in any mode, on any machine): prefix, length and checksum are right."""
    if len(client_order_id) != _LENGTH or not client_order_id.startswith(_PREFIX):
        return False
    return client_order_id[3] in "LPDT" and _checksum(client_order_id[:-2]) == client_order_id[-2:]


def made_ms(client_order_id: str) -> int | None:
    """When this program made the id, UTC ms; ``None`` for one that is not of its making."""
    digits = client_order_id[len(_PREFIX) + 1 :][:_ULID_LENGTH]
    if not is_own(client_order_id) or not set(digits) <= set(_ALPHABET):
        return None
    ulid = 0
    for digit in digits:
        ulid = ulid << 5 | _ALPHABET.index(digit)
    return ulid >> 80


def given_id(text: str) -> str:
    """Take a script's own client order id, as it is.

    Raises ``ValueError``, with a sentence, for what HTX does not take (its docs: letters, digits, ``_`` and ``-``, at
    most 64) and for what looks like an id of this program's making without being one: orders are told apart by them.
    """
    if not _TAKEN_BY_HTX.fullmatch(text):
        message = "a client order id is 1 to 64 letters, digits, '_' or '-'"
        raise ValueError(message)
    if text.startswith(_PREFIX) and not is_own(text):
        message = f"ids that begin with {_PREFIX} are made by hbtui itself: choose another beginning"
        raise ValueError(message)
    return text


def _checksum(stem: str) -> str:
    return _base32(crc32(stem.encode("utf-8", "replace")) & 0x3FF, 2)


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
