"""Which header fields pass: towards a service only those listed, towards the caller all but those of the connection."""

from collections.abc import Iterable

from gateway.refusals import Refused

Fields = list[tuple[bytes, bytes]]

#: Everything else stays outside: cookies, forwarding fields, the caller's token, anything internal.
_TO_SERVICE = frozenset(
    {
        b"accept", b"accept-encoding", b"accept-language", b"content-type", b"content-encoding", b"if-match",
        b"if-none-match", b"if-modified-since", b"idempotency-key", b"last-event-id", b"prefer", b"range",
    }
)  # fmt: skip
#: Fields of one connection (RFC 9110, 7.6.1), and those the gateway writes itself.
_NOT_TO_CALLER = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-connection", b"te", b"trailer", b"upgrade",
        b"transfer-encoding", b"date", b"server", b"x-request-id",
    }
)  # fmt: skip


def to_service(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Return the fields of a request that a service gets.

    A field that `Connection` names is for this connection only and stays outside too.

    Raises:
        Refused: 400, a value is not ASCII.
    """
    fields = list(fields)
    dropped = _named_in_connection(fields)
    passed = []
    for name, value in fields:
        if name in _TO_SERVICE and name not in dropped:
            if not value.isascii():
                raise Refused(400, "bad_request", f"The header {name.decode()} holds more than ASCII.")
            passed.append((name.decode(), value.decode()))
    return passed


def to_caller(raw_headers: Iterable[tuple[bytes, bytes]]) -> Fields:
    """Return the fields of a service's response that the caller gets, in their order, repeated ones repeated."""
    fields = [(name.lower(), value) for name, value in raw_headers]
    dropped = _named_in_connection(fields)
    return [(name, value) for name, value in fields if name not in _NOT_TO_CALLER and name not in dropped]


def _named_in_connection(fields: Fields) -> frozenset[bytes]:
    named = [value for name, value in fields if name == b"connection"]
    if not named:
        return frozenset()
    return frozenset(part.strip().lower() for value in named for part in value.split(b","))
