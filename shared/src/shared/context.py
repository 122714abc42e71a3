"""What caused the work at hand: carried from the request or event into logs, audit rows and the events recorded."""

import random
import re
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

# W3C Trace Context, version 00; ids of zeros only are invalid.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Cause:
    """The request or event that the present work answers.

    Attributes:
        correlation_id: Id of the first request of the whole chain.
        causation_id: Id of the event being handled; None in a request.
        traceparent: W3C trace context to hand on: the trace and the span of the present work; None outside a trace.
        parent_id: Id of the span that brought the present one about; None if the trace begins here.
        actor: Who acts, as `staff:<uuid>`, `channel:<uuid>`, `client:<uuid>` or `system:<service>`.
        hops: How many services the chain has passed through, to stop endless loops.
        chain: Types of the events that led here, the first one first, joined by `>`.
    """

    correlation_id: str
    actor: str
    causation_id: UUID | None = None
    traceparent: str | None = None
    parent_id: str | None = None
    hops: int = 0
    chain: str = ""


_CAUSE: ContextVar[Cause | None] = ContextVar("cause", default=None)

#: Who acts when nobody asked: timers and start-up.
SYSTEM = Cause(correlation_id="-", actor="system")


def current_cause() -> Cause:
    """Return the cause of the present work; `SYSTEM` when there is none."""
    return _CAUSE.get() or SYSTEM


def set_cause(cause: Cause) -> None:
    """Make `cause` the cause of what this task does from here on."""
    _CAUSE.set(cause)


def new_span_id() -> str:
    """Return a fresh id for a span: 8 random bytes in hexadecimal."""
    return f"{random.getrandbits(64):016x}"  # unique, no secret


def begin_trace() -> str:
    """Return the trace context of a new trace's first span."""
    return f"00-{random.getrandbits(128):032x}-{new_span_id()}-01"


def follow(traceparent: str | None, span_id: str | None = None) -> tuple[str, str | None]:
    """Return the trace context of a span that `traceparent` brought about, and the id of its parent.

    What is no trace context is not followed: a new trace begins, and there is no parent.

    Args:
        traceparent: The context of whoever asked for the present work, as it came.
        span_id: Id of the span, where one was chosen before.
    """
    if traceparent is None or not _TRACEPARENT.fullmatch(traceparent):
        return begin_trace(), None
    _version, trace_id, parent_id, flags = traceparent.split("-")
    return f"00-{trace_id}-{span_id or new_span_id()}-{flags}", parent_id
