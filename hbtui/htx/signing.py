"""HTX's signatures: v2 for REST, v2.1 for the private socket. The only module that sees the key's text."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from hbtui.htx.hosts import Hosts
from hbtui.model.secret import Credentials

__all__ = ["Signer", "canonical_query", "timestamp"]


def timestamp(now_ms: int) -> str:
    """Write a UTC time as the signature wants it: ``2024-05-06T07:08:09``, whole seconds, no zone."""
    return datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def canonical_query(params: Mapping[str, str]) -> str:
    """Join parameters in byte order of their names, percent-encoded in upper-case hex (HTX docs, authentication)."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(params[name], safe='-_.~')}" for name in sorted(params))


class Signer:
    """Signs requests for one key pair and one venue; the host is the venue's own and cannot be passed in."""

    def __init__(self, credentials: Credentials, hosts: Hosts) -> None:
        self._credentials = credentials
        self._host = hosts.name

    def query(self, method: str, path: str, params: Mapping[str, str], now_ms: int) -> str:
        """The signed query string of a REST call (v2). Of a ``POST`` the body is not signed and not passed here.

        It is a licence to trade for minutes: it belongs on the wire and nowhere else.
        """
        signed = canonical_query(
            {
                **params,
                "AccessKeyId": self._credentials.access_key.reveal(),
                "SignatureMethod": "HmacSHA256",
                "SignatureVersion": "2",
                "Timestamp": timestamp(now_ms),
            }
        )
        return f"{signed}&Signature={quote(self._signature(method, path, signed), safe='')}"

    def socket_params(self, path: str, now_ms: int) -> dict[str, str]:
        """The ``params`` of the private socket's ``auth`` frame (v2.1); ``authType`` is not part of the text."""
        params = {
            "accessKey": self._credentials.access_key.reveal(),
            "signatureMethod": "HmacSHA256",
            "signatureVersion": "2.1",
            "timestamp": timestamp(now_ms),
        }
        return {"authType": "api", **params, "signature": self._signature("GET", path, canonical_query(params))}

    def own_key_param(self) -> dict[str, str]:
        """The parameter by which ``/v2/user/api-key`` is asked for the key in use."""
        return {"accessKey": self._credentials.access_key.reveal()}

    def _signature(self, method: str, path: str, query: str) -> str:
        text = f"{method}\n{self._host}\n{path}\n{query}"
        digest = hmac.digest(self._credentials.secret_key.reveal().encode(), text.encode(), sha256)
        return b64encode(digest).decode("ascii")
