"""A line of the journal, as a person may read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["JournalEntry"]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One thing that was written down, in the order of writing; holds no key and no signature."""

    number: int
    """Grows by one with each entry of a journal."""
    at_ms: int
    """UTC ms."""
    kind: str
    """``intent``, ``outcome``, ``order``, ``fill``, ``cancel`` or ``sign-off``."""
    client_order_id: str
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What was written, name by name, as text."""
