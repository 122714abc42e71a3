"""Collects the services' receipts, and keeps which complaints run."""

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.erasure import queries
from shared.delivery.handlers import Handlers, projection
from shared.erasure.guard import unless_erased
from shared.events.base import Event, Received
from shared.events.complaints import (
    ComplaintClientLinked,
    ComplaintClosed,
    ComplaintInformed,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintRejected,
    ComplaintReviewRequested,
    ComplaintWithdrawn,
)
from shared.events.erasure import (
    ChannelCommissionErasureAnswered,
    ComplaintsErasureAnswered,
    ErasureAnswered,
    InteractionLogErasureAnswered,
    OpsDashboardErasureAnswered,
)

CaseEvent = (
    ComplaintRegistered
    | ComplaintClientLinked
    | ComplaintInformed
    | ComplaintReviewRequested
    | ComplaintClosed
    | ComplaintWithdrawn
    | ComplaintReclassified
    | ComplaintRejected
)
#: Whether a complaint runs after an event; a link says nothing about it.
_IS_OPEN: dict[type[Event], bool | None] = {
    ComplaintRegistered: True,
    ComplaintClientLinked: None,
    ComplaintInformed: False,
    ComplaintReviewRequested: True,
    ComplaintClosed: False,
    ComplaintWithdrawn: False,
    ComplaintReclassified: False,
    ComplaintRejected: False,
}
_ANSWERS = (
    InteractionLogErasureAnswered,
    ComplaintsErasureAnswered,
    ChannelCommissionErasureAnswered,
    OpsDashboardErasureAnswered,
)


async def keep_answers(session: AsyncSession, run: list[Received[ErasureAnswered]]) -> None:
    """Keep what services did with their records of erased clients."""
    rows = [
        {
            **one.event.model_dump(exclude={"occurred_at"}),
            "service": one.topic.partition(".")[0],
            "answered_at": one.event.occurred_at,
        }
        for one in run
    ]
    await queries.keep_answers(session, rows)


async def keep_case(session: AsyncSession, received: Received[CaseEvent]) -> None:
    """Keep whose a complaint is and whether it runs, whatever comes first."""
    event = received.event
    row = {
        "complaint_id": event.complaint_id,
        "client_id": event.client_id,
        "is_open": _IS_OPEN[type(event)],
        "version": received.aggregate_version,
    }
    await queries.keep_case(session, row)


_KEEP_ANSWERS = projection(keep_answers, batch=True)
HANDLERS: Handlers = {
    **unless_erased({kind: projection(keep_case) for kind in _IS_OPEN}),
    **dict.fromkeys(_ANSWERS, _KEEP_ANSWERS),
}
