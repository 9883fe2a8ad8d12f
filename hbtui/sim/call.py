"""What a signed endpoint is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from hbtui.sim.codes import Refused, missing
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject

__all__ = ["Call"]


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
        given = self.query.get(name) or str(default)
        if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
            raise Refused("validation-format-error", f"Format Error: {name}.")
        return int(given)

    def required(self, name: str) -> str:
        """A query parameter that must be there; raises ``Refused``."""
        given = self.query.get(name)
        if not given:
            raise missing(name)
        return given
