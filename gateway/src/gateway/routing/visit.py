"""One request on its way through the gateway: its id, what was answered, and the line that tells of it."""

import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from gateway.callers.principal import Principal
from gateway.refusals import CALLER_GONE, CallerGone, Refused
from gateway.routing.headers import Fields
from gateway.routing.table import OWN, Route
from shared.context import Cause, set_cause
from shared.http.middleware import REQUESTS, SECONDS
from shared.http.problems import problem
from shared.ids import new_id
from shared.log import mask

_REQUEST_ID = re.compile(rb"[\w.-]{8,64}")
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")
_SILENT = frozenset({"/health/live", "/health/ready", "/metrics"})


class Visit:
    """What is known of a request, growing as it is dealt with.

    Attributes:
        request_id: The caller's `X-Request-Id` if well-formed, else a new one; the caller gets it back.
        traceparent: Continues the caller's trace, or begins one.
        extra: Header fields that the answer gets, whoever gives it.
        status: What was answered; 0 until then.
    """

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self._send = send
        self._started = time.perf_counter()
        self.request_id = self.traceparent = ""
        self.route: Route | None = None
        self.principal: Principal | None = None
        self.extra: Fields = []
        self.status = 0
        self._size = 0

    def identify(self, fields: Mapping[bytes, bytes]) -> None:
        """Take over the caller's request id and trace, or make new ones."""
        given = fields.get(b"x-request-id", b"")
        self.request_id = given.decode() if _REQUEST_ID.fullmatch(given) else str(new_id())
        trace = _TRACEPARENT.fullmatch(fields.get(b"traceparent", b""))
        trace_id, flags = (trace[1].decode(), trace[2].decode()) if trace else (secrets.token_hex(16), "01")
        self.traceparent = f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
        set_cause(Cause(self.request_id, "nobody", traceparent=self.traceparent))

    async def send(self, message: Message) -> None:
        """Send a part of the answer to the caller, with what every answer carries."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            fields = [*message.get("headers", ()), *self.extra, (b"x-request-id", self.request_id.encode())]
            names = {name for name, _ in fields}
            if b"cache-control" not in names:
                fields.append((b"cache-control", b"no-store"))
            if b"x-content-type-options" not in names:
                fields.append((b"x-content-type-options", b"nosniff"))
            message = {**message, "headers": fields}
        else:
            self._size += len(message.get("body", b""))
        await self._send(message)

    async def refuse(self, refused: Refused, receive: Receive) -> None:
        """Answer with a problem document; when an answer has begun, break it off so that it cannot pass for whole."""
        if self.status:
            return
        if not self.request_id:
            self.identify({})
        answer = problem(refused.status_code, refused.code, refused.detail, headers=refused.headers, **refused.facts)
        await answer(self.scope, receive, self.send)

    def fail(self, error: Exception) -> Refused | None:
        """Return how to refuse a request that failed with `error`; None if nobody is there to be told."""
        if isinstance(error, CallerGone):
            self.status = CALLER_GONE
            return None
        if isinstance(error, Refused):
            return error
        return Refused(500, "internal", "Something went wrong on our side. Quote the instance when you report it.")

    def measure(self) -> dict[str, Any] | None:
        """Count the request and return its line for the access log; None for health checks."""
        seconds = time.perf_counter() - self._started
        method = self.scope["method"]
        if self.route is not None:
            template, service = self.route.template, self.route.service
        else:
            template, service = getattr(self.scope.get("route"), "path", "unmatched"), OWN
        status = self.status or CALLER_GONE
        label = method if template != "unmatched" else "-"
        REQUESTS.labels(label, template, status).inc()
        SECONDS.labels(label, template).observe(seconds)
        if template in _SILENT:
            return None
        return {
            "event": "request",
            "level": "info",
            "logger": __name__,
            "timestamp": datetime.now(UTC).isoformat(),
            "service": OWN,
            "correlation_id": mask(self.request_id),
            "trace_id": self.traceparent[3:35],
            "actor": self.principal.actor.name if self.principal else "nobody",
            "method": label,
            "route": template,
            "upstream": service,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "bytes": self._size,
        }
