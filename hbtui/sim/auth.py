"""Signature checks, v2 for REST and v2.1 for ``/ws/v2``, written from HTX's documents alone.

The query that arrived is decoded, encoded again canonically and signed; so the order in which a client sends its
parameters does not matter, nor whether it writes a blank as ``+`` or ``%20``.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from hbtui.sim.codes import Refused
from hbtui.sim.options import Options

__all__ = ["check_private_socket", "check_request", "signature"]

_NOT_VALID = "api-signature-not-valid"


def signature(secret: str, method: str, host: str, path: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Base64 of the HMAC-SHA256 over method, host, path and the sorted, percent-encoded parameters."""
    encoded = "&".join(f"{_escaped(key)}={_escaped(value)}" for key, value in sorted(parameters))
    text = f"{method}\n{host.lower()}\n{path}\n{encoded}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), sha256).digest()).decode()


def check_request(
    options: Options, method: str, host: str, path: str, query: Sequence[tuple[str, str]], *, trades: bool
) -> None:
    """Check a signed REST request; raises ``Refused`` with the code and text that HTX gives."""
    given = dict(query)
    if not given.get("Signature"):
        raise Refused("login-required", "login required")
    if given.get("AccessKeyId") != options.access_key:
        raise _refusal("Incorrect Access key [Access key错误]")
    if given.get("SignatureMethod") != "HmacSHA256" or given.get("SignatureVersion") != "2":
        raise _refusal("Verification failure [校验失败]")
    _check_time(options, given.get("Timestamp", ""))
    signed = [(key, value) for key, value in query if key != "Signature"]
    _check_hash(options, method, host, path, (signed, given["Signature"]))
    _check_key(options, trades=trades)


def check_private_socket(options: Options, host: str, path: str, params: Mapping[str, object]) -> None:
    """Check the parameters of an ``auth`` frame (v2.1); raises ``Refused``."""
    if params.get("accessKey") != options.access_key or params.get("authType") != "api":
        raise _refusal("Incorrect Access key [Access key错误]")
    names = ("accessKey", "signatureMethod", "signatureVersion", "timestamp")
    signed = [(name, str(params.get(name, ""))) for name in names]
    if dict(signed)["signatureVersion"] != "2.1" or dict(signed)["signatureMethod"] != "HmacSHA256":
        raise _refusal("Verification failure [校验失败]")
    _check_time(options, str(params.get("timestamp", "")))
    _check_hash(options, "GET", host, path, (signed, str(params.get("signature", ""))))
    _check_key(options, trades=False)


def _check_hash(
    options: Options, method: str, host: str, path: str, signed: tuple[Sequence[tuple[str, str]], str]
) -> None:
    """Accept a signature over the ``Host`` header as it stands or over its name without the port."""
    parameters, given = signed
    for name in {host, host.rpartition(":")[0] or host}:
        if hmac.compare_digest(signature(options.secret_key, method, name, path, parameters).encode(), given.encode()):
            return
    raise _refusal("Verification failure [校验失败]")


def _check_time(options: Options, given: str) -> None:
    try:
        then = datetime.strptime(given, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise _refusal("Incorrect submission time [无效的提交时间]") from None
    if abs(then.timestamp() * 1000 - options.clock()) > options.timestamp_window_s * 1000:
        raise _refusal("Incorrect submission time [无效的提交时间]")


def _check_key(options: Options, *, trades: bool) -> None:
    if options.key_expired:
        raise Refused(_NOT_VALID, "APIkey has expired")
    if options.refused_ip is not None:
        raise _refusal(f"Incorrect IP address [IP地址错误]:{options.refused_ip}")
    if trades and "trade" not in options.permission.split(","):
        raise _refusal("API key has no permission [API Key没有权限]")


def _refusal(reason: str) -> Refused:
    return Refused(_NOT_VALID, f"Signature not valid: {reason}")


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")
