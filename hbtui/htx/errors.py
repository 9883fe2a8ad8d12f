"""HTX's error codes in plain words: which error of the tree, which sentence, and what a person can do.

Source: HTX docs, error tables of every section, and texts seen live. HTX puts several causes under one code
(``api-signature-not-valid``), told apart only by their text.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from re import compile as pattern

from hbtui.model.errors import (
    AuthenticationError,
    MaintenanceError,
    NotFound,
    RateLimited,
    VenueError,
)
from hbtui.model.text import clean

__all__ = ["ErrorAnswer", "explained", "is_about_time", "is_rate_limit", "venue_error"]

_RATE = frozenset(
    {
        "too-many-requests",
        "rate-too-many-requests",
        "base-request-exceed-frequency-limit",
        "base-user-request-exceed-limit",
        "frequent-invoke",
        "429",
        "510",
        "1006",
        "4000",
        "40403",
    }
)
_AUTHENTICATION = frozenset(
    {"api-signature-not-valid", "api-signature-check-failed", "login-required", "1002", "1003", "2000", "12007"}
)
_UNAUTHORISED = frozenset({401, 403})
_NOT_FOUND = frozenset(
    {
        "base-record-invalid",
        "not-found",
        "base-not-found",
        "order-queryorder-invalid",
        "base-symbol-error",
        "invalid symbol",
        "symbol-not-support",
        "account-account-id-inexistent",
        "account-get-accounts-inexistent-error",
        "1007",
    }
)
_PLAIN = {
    "account-frozen-balance-insufficient-error": "There is not enough available balance",
    "order-accountbalance-error": "There is not enough available balance",
    "order-orderprice-precision-error": "The price has too many digits behind the point",
    "order-orderamount-precision-error": "The amount has too many digits behind the point",
    "order-limitorder-amount-min-error": "The amount is below the pair's minimum",
    "order-limitorder-amount-max-error": "The amount is above the pair's maximum",
    "order-marketorder-amount-min-error": "The amount is below the pair's minimum for market orders",
    "order-marketorder-amount-buy-max-error": "The amount is above the pair's maximum for market buys",
    "order-marketorder-amount-sell-max-error": "The amount is above the pair's maximum for market sells",
    "order-value-min-error": "The order's value is below the pair's minimum",
    "order-limitorder-price-max-error": "The price is too far above the last price",
    "order-limitorder-price-min-error": "The price is too far below the last price",
    "order-invalid-price": "The price is too far from the last price",
    "order-holding-limit-failed": "The account would hold more of this currency than it may",
    "base-symbol-trade-disabled": "This pair does not trade now",
    "order-disabled": "This pair takes no orders now",
    "symbol trade not open now": "This pair does not trade now",
    "order-type-invalid": "This pair does not take orders of this type",
    "base-symbol-error": "HTX does not know this pair",
    "invalid symbol": "HTX does not know this pair",
    "symbol-not-support": "HTX does not know this pair",
    "account-account-id-inexistent": "HTX does not know this account",
    "account-get-accounts-inexistent-error": "HTX does not know this account",
    "base-record-invalid": "HTX has no record of this order",
    "not-found": "HTX has no record of this",
    "base-not-found": "HTX has no record of this",
    "order-orderstate-error": "The order is no longer open",
    "order-user-cancel-forbidden": "This order cannot be cancelled (IOC and FOK end by themselves)",
    "system-maintenance": "HTX is in maintenance",
    "gateway-internal-error": "HTX could not load the data",
    "base-system-error": "HTX had an internal error",
    "method-not-allowed": "HTX does not know this address",
}
_ADDRESS = pattern(r"[0-9a-fA-F:.]{3,45}")


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An answer that says no, reduced to what matters; the text is cleaned."""

    code: str
    text: str
    http_status: int = 200
    retry_after_s: float | None = None


def is_rate_limit(answer: ErrorAnswer) -> bool:
    """Whether the answer means "asked too often", under any of HTX's names for it."""
    return (
        answer.http_status == 429
        or answer.code in _RATE
        or "request limit" in answer.text.lower()
        or answer.text.lower().startswith("429 too many")
    )


def is_about_time(answer: ErrorAnswer) -> bool:
    """Whether the signature was refused because of its time."""
    lowered = answer.text.lower()
    return answer.code in _AUTHENTICATION and (
        "无效的提交时间" in answer.text or "submission time" in lowered or "timestamp" in lowered
    )


def _ip_in(text: str) -> str:
    """The caller's address, which HTX names in its refusal; ``""`` where it does not."""
    # a colon stands before the address in HTX's text, and may begin an IPv6 address itself
    for found in reversed(_ADDRESS.findall(text)):
        for candidate in (found.strip("."), found.strip(".").removeprefix(":"), found.strip(".:")):
            try:
                return str(ip_address(candidate))
            except ValueError:
                continue
    return ""


def _authentication(answer: ErrorAnswer, clock_off_s: float | None) -> tuple[str, str]:
    """Tell apart what HTX puts under one code: sentence and advice."""
    lowered = answer.text.lower()
    if is_about_time(answer):
        return _clock(clock_off_s)
    if "ip address" in lowered or "invalid.ip" in lowered or answer.code == "2000":
        ip = _ip_in(answer.text)
        where = f"Bind {ip} to the key" if ip else "Bind this computer's public IP address to the key"
        shown = f" {ip}" if ip else ""
        return (
            f"The key may not be used from this IP address{shown}.",
            f"{where} on HTX's API management page, or use it from where it is bound.",
        )
    if "expired" in lowered:
        return (
            "The key has expired.",
            "A key without a bound IP address ends after 90 days: make a new one, and bind it.",
        )
    if "no permission" in lowered or "没有权限" in answer.text:
        return "The key has no permission for this.", "Allow 'trade' for the key on HTX's API management page."
    if "incorrect access key" in lowered or answer.code in {"login-required", "12007"}:
        return "HTX does not know this access key.", "Check HTX_ACCESS_KEY: all of it, and not deleted at HTX."
    if "verification failure" in lowered or "校验失败" in answer.text or answer.code == "api-signature-check-failed":
        return "The secret key does not belong to the access key.", "Check HTX_SECRET_KEY: all of it, without blanks."
    if "auth.fail" in lowered:
        return (
            "HTX does not accept the key.",
            "Check both keys, the IP addresses bound to the key, and this computer's clock.",
        )
    return f"HTX does not accept the key: {answer.text} ({answer.code}).", "Check both keys on HTX's API page."


def _clock(off_s: float | None) -> tuple[str, str]:
    advice = "Set this computer's clock (automatic time), then try again."
    if off_s is None:
        return "HTX refused the request's time: your clock is off.", advice
    return f"HTX refused the request's time: your clock is {abs(off_s):.0f} s off.", advice


def explained(answer: ErrorAnswer, clock_off_s: float | None = None) -> tuple[str, str]:
    """The sentence and the advice for an answer that says no; ``clock_off_s`` is own clock against HTX's."""
    if is_rate_limit(answer):
        return "HTX was asked too often and pauses the answers.", "Wait a moment; cancels go first."
    if answer.code in _AUTHENTICATION or (answer.http_status in _UNAUTHORISED and answer.code not in _PLAIN):
        return _authentication(answer, clock_off_s)
    if "maintain" in answer.text.lower() or "maintenance" in answer.text.lower():
        return f"HTX is in maintenance: {answer.text}.", "Wait; HTX's status page says when it is back."
    plain = _PLAIN.get(answer.code) or _PLAIN.get(answer.text)
    if plain is None:
        return f"HTX says: {answer.text or 'no reason'} ({answer.code}).", ""
    said = f" ({answer.text})" if answer.text and answer.text != plain else ""
    return f"{plain}{said}.", ""


def venue_error(answer: ErrorAnswer, clock_off_s: float | None = None) -> VenueError:
    """The error of the tree for an answer that says no."""
    sentence, advice = explained(answer, clock_off_s)
    sentence = clean(sentence, 400)
    if is_rate_limit(answer):
        return RateLimited(answer.code, sentence, advice=advice, retry_after_s=answer.retry_after_s)
    if answer.code in _AUTHENTICATION or answer.http_status in _UNAUTHORISED:
        return AuthenticationError(answer.code, sentence, advice=advice)
    if answer.code == "system-maintenance" or "maint" in answer.text.lower():
        return MaintenanceError(answer.code, sentence, advice=advice)
    if answer.code in _NOT_FOUND or "invalid symbol" in answer.text.lower():
        return NotFound(answer.code, sentence, advice=advice)
    return VenueError(answer.code, sentence, advice=advice)
