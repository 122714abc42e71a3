"""What a request's head must look like before anything else is done with it.

The server's parser (httptools) refuses most malformed requests; these it lets pass. In production a proxy in front
ends TLS and slow heads.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from starlette.types import Scope

from gateway.refusals import Refused

MAX_FIELDS = 100
MAX_HEAD_BYTES = 16 * 1024
MAX_TARGET_BYTES = 4 * 1024
#: Largest body of a route whose contract says nothing else.
MAX_BODY_BYTES = 2 * 1024 * 1024
#: A larger body has as much more time as it takes at this pace; whoever is slower is cut off.
SLOWEST_BYTES_A_SECOND = 128 * 1024
_MAX_DROPPED_BYTES = 16 * 1024 * 1024

#: The connection is closed with the answer: what follows on it cannot be trusted or is too much to read.
_CLOSE = {"Connection": "close"}
_ENCODED = re.compile(rb"%00|%2f|%5c|//|\\", re.IGNORECASE)
_DOT_SEGMENT = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")
#: Fields that decide something here or in a service: a second one could mean something else to each.
_SINGLE = frozenset(
    {
        b"authorization", b"content-length", b"content-type", b"transfer-encoding", b"idempotency-key", b"if-match",
        b"x-request-id", b"traceparent",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The fields of a request's head, names in lower case.

    Attributes:
        fields: Value by name; of fields given several times the last.
        length: Bytes of the body; None if they are told only by its end.
        has_body: Whether a body follows.
    """

    fields: dict[bytes, bytes]
    length: int | None
    has_body: bool


def read_head(scope: Scope, allowed_hosts: Collection[str]) -> Head:
    """Return the head of a well-formed request.

    Args:
        scope: The ASGI scope.
        allowed_hosts: Names the gateway answers to, without port; health checks may come by address.

    Raises:
        Refused: 400, 414, 421 or 431.
    """
    require_path(scope)
    fields, hosts = _read_fields(scope["headers"])
    if hosts != 1:
        raise Refused(400, "bad_host", "Send exactly one Host header.", headers=_CLOSE)
    if not scope["path"].startswith(("/health/", "/metrics")):
        _require_host(fields[b"host"], allowed_hosts)
    coding = fields.get(b"transfer-encoding", b"").lower()
    is_chunked = b"transfer-encoding" in fields
    if is_chunked and scope["http_version"] == "1.0":
        raise Refused(400, "bad_request", "HTTP/1.0 knows no Transfer-Encoding.", headers=_CLOSE)
    if is_chunked and coding != b"chunked":
        raise Refused(400, "bad_request", "The only Transfer-Encoding known here is chunked.", headers=_CLOSE)
    length = int(fields.get(b"content-length", b"0"))
    return Head(fields, None if is_chunked else length, is_chunked or length > 0)


def require_bearable(head: Head, limit: int) -> None:
    """Refuse a body that says to be over the limit of its route, before it is read.

    Raises:
        Refused: 413.
    """
    if head.length is not None and head.length > limit:
        raise too_large(limit, head.length)


def more_seconds(size: int) -> float:
    """Return how much longer than an ordinary one a body of `size` bytes may take."""
    return max(0, size - MAX_BODY_BYTES) / SLOWEST_BYTES_A_SECOND


def too_large(limit: int, length: int | None = None) -> Refused:
    """Return the refusal of a body over the limit.

    The rest of one of bearable `length` is read and dropped: most clients look for an answer only after they have sent
    all, and would see a reset connection instead.
    """
    headers = None if length is not None and length <= _MAX_DROPPED_BYTES else _CLOSE
    return Refused(413, "too_large", f"The body is over {limit} bytes.", headers=headers)


def too_late() -> Refused:
    """Return the refusal of a body that did not come in time."""
    return Refused(408, "request_timed_out", "The body did not arrive in time.", headers=_CLOSE)


def require_path(scope: Scope) -> None:
    """Refuse a path that two programs could read in two ways.

    Raises:
        Refused: 400 or 414.
    """
    raw_path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    if len(raw_path) + len(query) > MAX_TARGET_BYTES:
        raise Refused(414, "target_too_long", f"Path and query are over {MAX_TARGET_BYTES} bytes.", headers=_CLOSE)
    if _ENCODED.search(raw_path) or _DOT_SEGMENT.search(scope["path"]) or not query.isascii():
        raise Refused(400, "bad_path", "The path is not in its plain form.", headers=_CLOSE)


def _read_fields(headers: Iterable[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], int]:
    fields: dict[bytes, bytes] = {}
    size = count = hosts = 0
    for name, value in headers:
        count += 1
        size += len(name) + len(value) + 4
        if name == b"host":
            hosts += 1
        elif name in _SINGLE and name in fields:
            raise Refused(400, "bad_request", f"Send {name.decode()} once.", headers=_CLOSE)
        fields[name] = value
    if count > MAX_FIELDS or size > MAX_HEAD_BYTES:
        detail = f"A head has at most {MAX_FIELDS} fields and {MAX_HEAD_BYTES} bytes."
        raise Refused(431, "head_too_large", detail, headers=_CLOSE)
    return fields, hosts


def _require_host(value: bytes, allowed_hosts: Collection[str]) -> None:
    name = value.decode("latin-1").lower()
    if not name.endswith("]"):
        name, colon, port = name.rpartition(":") if ":" in name else (name, "", "")
        if colon and not port.isdecimal():
            name = ""
    if name not in allowed_hosts:
        raise Refused(421, "misdirected", "The gateway is not called by this name.", headers=_CLOSE)
