"""What a signed endpoint is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from hbtui.sim.codes import Refused, missing
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject

__all__ = ["Call", "whole_number"]


def whole_number(given: str) -> int | None:
    """Read up to 18 ASCII digits; ``None`` for anything else."""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else None


@dataclass(frozen=True, slots=True)
class Call:
    """One request after its signature was checked: the venue, the decoded query, the decoded body, the path's id."""

    venue: Venue
    query: Mapping[str, str]
    body: object = None
    path_id: str = ""

    @property
    def fields(self) -> JsonObject:
        """The body as an object; raises ``Refused`` for anything else."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise Refused("gateway-internal-error", "Failed to load data. Try again later.")
        return self.body

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from the query within bounds; raises ``Refused``."""
        number = whole_number(self.query.get(name) or str(default))
        if number is None or not least <= number <= most:
            raise Refused("validation-format-error", f"Format Error: {name}.")
        return number

    def required(self, name: str) -> str:
        """A query parameter that must be there; raises ``Refused``."""
        given = self.query.get(name)
        if not given:
            raise missing(name)
        return given
