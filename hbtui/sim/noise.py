"""Noise that is the same on every machine: hashes instead of a random generator, integers instead of floats."""

import struct
from functools import lru_cache
from hashlib import blake2b

__all__ = ["Noise", "mixed"]

_MASK = 0xFFFF_FFFF
_WORDS = struct.Struct(">32H")
_LABELS = struct.Struct(">2q")


def mixed(word: int, salt: int) -> int:
    """Scramble a word with a salt into 32 bits: cheap, for what need not be unguessable."""
    value = (word * 0x9E37_79B1 + salt * 0x85EB_CA77) & _MASK
    value ^= value >> 15
    value = (value * 0x2C1B_3C6D) & _MASK
    return value ^ (value >> 13)


class Noise:
    """The draws of one (seed, symbol): a pure function of a kind and a place."""

    def __init__(self, seed: int, symbol: str) -> None:
        self._key = blake2b(f"{seed}:{symbol}".encode()).digest()
        self.word = lru_cache(maxsize=32_768)(self._word)

    def words(self, kind: int, place: int) -> tuple[int, ...]:
        """Thirty-two numbers from 0 to 65,535 that belong to this kind and place."""
        return _WORDS.unpack(blake2b(_LABELS.pack(kind, place), key=self._key).digest())

    def _word(self, kind: int, place: int) -> int:
        digest = blake2b(_LABELS.pack(kind, place), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest)
