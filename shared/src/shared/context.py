"""What caused the work at hand: carried from the request or event into logs, audit rows and the events recorded."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cause:
    """The request or event that the present work answers.

    Attributes:
        correlation_id: Id of the first request of the whole chain.
        causation_id: Id of the event being handled; None in a request.
        traceparent: W3C trace context to hand on; None outside a trace.
        actor: Who acts, as `staff:<uuid>`, `channel:<uuid>`, `client:<uuid>` or `system:<service>`.
        hops: How many services the chain has passed through, to stop endless loops.
    """

    correlation_id: str
    actor: str
    causation_id: UUID | None = None
    traceparent: str | None = None
    hops: int = 0


_CAUSE: ContextVar[Cause | None] = ContextVar("cause", default=None)

#: Who acts when nobody asked: timers and start-up.
SYSTEM = Cause(correlation_id="-", actor="system")


def current_cause() -> Cause:
    """Return the cause of the present work; `SYSTEM` when there is none."""
    return _CAUSE.get() or SYSTEM


def set_cause(cause: Cause) -> None:
    """Make `cause` the cause of what this task does from here on."""
    _CAUSE.set(cause)
