"""Which keys are welcome where there is money; pure."""

from hbtui.model.account import KeyInfo

__all__ = ["refusal_of", "warning_of"]


def refusal_of(key: KeyInfo) -> str:
    """Say why a key is not used at all, or nothing: one that can move money away must not lie on this computer."""
    if "withdraw" not in key.permissions:
        return ""
    return (
        "This API key may withdraw. hbtui refuses such keys: "
        "make one with reading and trading only, bound to your IP address."
    )


def warning_of(key: KeyInfo) -> str:
    """Say what is unwise about a key, with its days left, or nothing (HTX docs: without a bound address 90 days)."""
    if key.bound_ips:
        return ""
    days = f" It ends in {key.valid_days} day{'' if key.valid_days == 1 else 's'}." if key.valid_days >= 0 else ""
    return f"The API key is bound to no IP address.{days}"
