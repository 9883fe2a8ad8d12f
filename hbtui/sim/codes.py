"""Refusals, with HTX's codes and texts."""

from decimal import Decimal

from hbtui.model.numbers import plain

__all__ = ["Refused", "RefusedV2", "missing", "not_enough", "too_fine", "too_much", "too_small"]


class Refused(Exception):
    """A business error of the v1 family: HTTP 200, ``status: error``, ``err-code`` and ``err-msg``."""

    def __init__(self, code: str, message: str, **extra: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.extra = {name.replace("_", "-"): value for name, value in extra.items()}


class RefusedV2(Exception):
    """A business error of the v2 family: HTTP 200, ``code`` and ``message``."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def missing(name: str) -> Refused:
    """A required field is not there."""
    return Refused("validation-constraints-required", f"Field is missing: {name}.")


def not_enough(left: Decimal) -> Refused:
    """The available balance does not cover the order."""
    message = f"trade account balance is not enough, left: `{plain(left)}`"
    return Refused("account-frozen-balance-insufficient-error", message)


def too_fine(what: str, places: int) -> Refused:
    """More digits than the symbol allows; ``what`` is ``price`` or ``amount``."""
    return Refused(f"order-order{what}-precision-error", f"order {what} precision error, scale: `{places}`")


def too_small(code: str, what: str, least: Decimal) -> Refused:
    """Below a minimum."""
    return Refused(code, f"{what} error, min: `{plain(least)}`")


def too_much(code: str, what: str, most: Decimal) -> Refused:
    """Above a maximum."""
    return Refused(code, f"{what} error, max: `{plain(most)}`")
