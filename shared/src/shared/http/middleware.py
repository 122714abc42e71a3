"""Around every request: request id, trace context, metrics and one log line. Pure ASGI, nothing buffered."""

import re
import secrets
import time

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.context import Cause, set_cause
from shared.ids import new_id
from shared.log import get_logger

log = get_logger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{8,64}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
#: Larger bodies are refused before they are read; bulk calls carry at most 2 MiB.
MAX_BODY_BYTES = 2 * 1024 * 1024

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("http_request_seconds", "Time to answer.", ["method", "route"])


class RequestContext:
    """Sets the cause of each request, measures it, logs it, and refuses bodies over `MAX_BODY_BYTES`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _known(headers.get(b"x-request-id"), _REQUEST_ID) or str(new_id())
        trace = _known(headers.get(b"traceparent"), _TRACEPARENT) or _new_trace()
        set_cause(Cause(request_id, "nobody", traceparent=trace))
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, _bounded(receive), send_with_id)
        finally:
            _measure(scope, status, time.perf_counter() - started)


def _bounded(receive: Receive) -> Receive:
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, f"The body is over {MAX_BODY_BYTES} bytes; send it in parts.")
        return message

    return receive_bounded


def _measure(scope: Scope, status: int, seconds: float) -> None:
    template = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(scope["method"], template, status).inc()
    SECONDS.labels(scope["method"], template).observe(seconds)
    if template not in ("/health/live", "/health/ready", "/metrics"):
        log.info("request", method=scope["method"], route=template, status=status, ms=round(seconds * 1000, 1))


def _known(value: bytes | None, form: re.Pattern[str]) -> str | None:
    text = (value or b"").decode("ascii", "replace")
    return text if form.fullmatch(text) else None


def _new_trace() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
