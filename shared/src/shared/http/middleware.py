"""Around every request: request id, trace context, metrics and one log line. Pure ASGI, nothing buffered."""

import re
import time

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.context import Cause, follow, set_cause
from shared.ids import new_id
from shared.log import get_logger

log = get_logger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{8,64}")
#: Larger bodies are refused before they are read; bulk calls carry at most 2 MiB. A route that takes files says more in
#: its contract, under `LIMIT`.
MAX_BODY_BYTES = 2 * 1024 * 1024
LIMIT = "x-max-body-bytes"

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("http_request_seconds", "Time to answer.", ["method", "route"])
#: Whatever else a caller thinks of is one and the same in the metrics.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestContext:
    """Sets the cause of each request, measures it, logs it, and refuses bodies over the limit of its route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = _text(headers.get(b"x-request-id"))
        request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
        traceparent, parent_id = follow(_text(headers.get(b"traceparent")))
        set_cause(Cause(request_id, "nobody", traceparent=traceparent, parent_id=parent_id))
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, _bounded(scope, receive), send_with_id)
        finally:
            _measure(scope, status, time.perf_counter() - started)


def _bounded(scope: Scope, receive: Receive) -> Receive:
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES and size > (limit := _limit(scope)):
            raise HTTPException(413, f"The body is over {limit} bytes.")
        return message

    return receive_bounded


def _limit(scope: Scope) -> int:
    """Return how many bytes the body of this request may have; its route is known once somebody reads the body."""
    extra: dict[str, int] | None = getattr(scope.get("route"), "openapi_extra", None)
    return (extra or {}).get(LIMIT, MAX_BODY_BYTES)


def _measure(scope: Scope, status: int, seconds: float) -> None:
    template = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "-"
    REQUESTS.labels(method, template, status).inc()
    SECONDS.labels(method, template).observe(seconds)
    if template not in ("/health/live", "/health/ready", "/metrics"):
        log.info("request", method=method, route=template, status=status, ms=round(seconds * 1000, 1))


def _text(value: bytes | None) -> str:
    return (value or b"").decode("ascii", "replace")
