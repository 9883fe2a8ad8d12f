"""The HTTP side: finds the endpoint, checks the signature and the rate, answers in the envelope of its family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from hbtui.sim.auth import check_request
from hbtui.sim.call import Call
from hbtui.sim.codes import Refused, RefusedV2
from hbtui.sim.limits import RateLimits
from hbtui.sim.rest_account import ACCOUNT
from hbtui.sim.rest_market import MARKET
from hbtui.sim.rest_orders import PLACING
from hbtui.sim.rest_reads import READING
from hbtui.sim.rest_reference import PUBLIC
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject, decode, encode

__all__ = ["Answer", "Asked", "Rest", "endpoint_of", "refusal_body"]

_SIGNED = {("GET", path): handler for path, handler in {**ACCOUNT, **READING}.items()} | PLACING
_OPEN = {**PUBLIC, **MARKET}


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request as it arrived."""

    method: str
    path: str
    host: str
    query: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON document and extra headers."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Rest:
    """Answers requests; knows nothing of sockets."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._limits = RateLimits(venue.now)

    def answer(self, asked: Asked) -> Answer:
        """Process one request; every business error is an answer too."""
        if asked.method == "GET" and asked.body:
            return _failed(
                asked.path, 403, Refused("forbidden", "GET requests must not have a body"), self._venue.now()
            )
        path, path_id = endpoint_of(asked.path)
        signed = (asked.method, path) in _SIGNED
        if not signed and not (asked.method == "GET" and path in _OPEN):
            refusal = Refused("method-not-allowed", f"Request method '{asked.method}' not supported")
            return _failed(asked.path, 405, refusal, self._venue.now())
        headers, within = self._rate(asked.path)
        if not within:
            refusal = Refused("too-many-requests", "exceeded rate limit")
            return _failed(asked.path, 429, refusal, self._venue.now(), headers)
        try:
            found = self._signed(asked, path, path_id) if signed else self._open(asked, path)
            return Answer(200, encode(found), headers)
        except Refused as refusal:
            return _failed(asked.path, 200, refusal, self._venue.now(), headers)
        except RefusedV2 as refusal:
            return Answer(200, encode({"code": refusal.code, "message": refusal.message}), headers)

    def _open(self, asked: Asked, path: str) -> JsonObject:
        return _OPEN[path](self._venue, dict(_query(asked)))

    def _signed(self, asked: Asked, path: str, path_id: str) -> JsonObject:
        query = _query(asked)
        trades = (asked.method, path) in PLACING
        check_request(self._venue.options, asked.method, asked.host, asked.path, query, trades=trades)
        try:
            body = decode(asked.body) if asked.body else None
        except ValueError:
            raise Refused("gateway-internal-error", "Failed to load data. Try again later.") from None
        return _SIGNED[asked.method, path](Call(self._venue, dict(query), body, path_id))

    def _rate(self, path: str) -> tuple[dict[str, str], bool]:
        left, ends = self._limits.spend(path)
        headers = {
            "X-HB-RateLimit-Requests-Remain": str(max(0, left)),
            "X-HB-RateLimit-Requests-Expire": str(ends),
        }
        return headers, left >= 0 or not self._venue.options.rate_limits


def refusal_body(path: str, refusal: Refused, now_ms: int) -> JsonObject:
    """A refusal in the envelope of the path's family."""
    if path.startswith("/market/"):
        return {"ts": now_ms, "status": "error", "err-code": refusal.code, "err-msg": refusal.message}
    if "/settings/" in path:
        return {"status": "error", "err_code": refusal.code, "err_msg": refusal.message}
    if path.startswith("/v2/"):
        forbidden = refusal.code == "login-required" or "no permission" in refusal.message
        code, message = (1002, "unauthorized") if forbidden else (1003, "invalid signature")
        if refusal.code not in {"api-signature-not-valid", "login-required"}:
            code, message = 2002, refusal.message
        return {"code": code, "message": message}
    body: JsonObject = {"status": "error", "err-code": refusal.code, "err-msg": refusal.message, "data": None}
    return body | refusal.extra


def _failed(path: str, status: int, refusal: Refused, now_ms: int, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, encode(refusal_body(path, refusal, now_ms)), headers or {})


def _query(asked: Asked) -> Sequence[tuple[str, str]]:
    return parse_qsl(asked.query.decode("ascii", "replace"), keep_blank_values=True)


def endpoint_of(path: str) -> tuple[str, str]:
    """The endpoint's pattern and the id in its path: the third or fourth word where it is a number."""
    words = path.split("/")
    for at in (4, 5):
        if len(words) > at and words[at].isascii() and words[at].isdigit():
            found = words[at]
            words[at] = "{id}"
            return "/".join(words), found
    return path, ""
