from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.caseload import queries
from ops_dashboard.caseload.rules import CaseStatus, FollowUpStatus
from shared.delivery.handlers import Handlers, projection
from shared.erasure.guard import erased_among, unless_erased
from shared.events import complaints as cases
from shared.events import interaction_log as log
from shared.events.base import Event, Received


async def _unless_erased(session: AsyncSession, client_id: UUID | None) -> UUID | None:
    """Return the client a case is shown with: none if it is erased; the case itself stays on its board."""
    return None if client_id and await erased_among(session, [client_id]) else client_id


async def put_complaint(session: AsyncSession, received: Received[cases.ComplaintRegistered]) -> None:
    """Put a new case on the board."""
    event = received.event
    await queries.put_complaint(
        session,
        {
            "complaint_id": event.complaint_id,
            "version": received.aggregate_version,
            "client_id": await _unless_erased(session, event.client_id),
            "channel_id": event.channel_id,
            "level": event.level,
            "reason": event.reason,
            "received_on": event.received_on,
            "due_on": event.due_on,
            "status": CaseStatus.OPEN,
        },
    )


def _changing(change: Callable[[Any], dict[str, Any]]) -> Callable[[AsyncSession, Received[Any]], Awaitable[None]]:
    async def change_complaint(session: AsyncSession, received: Received[Any]) -> None:
        event = received.event
        changes = change(event)
        if "client_id" in changes:
            changes["client_id"] = await _unless_erased(session, changes["client_id"])
        await queries.change_complaint(session, event.complaint_id, received.aggregate_version, changes)

    return change_complaint


async def put_follow_up(session: AsyncSession, received: Received[log.FollowUpScheduled]) -> None:
    """Put a follow-up on the board, planned or planned anew."""
    event = received.event
    await queries.put_follow_up(
        session,
        {
            "follow_up_id": event.follow_up_id,
            "version": received.aggregate_version,
            "client_id": event.client_id,
            "assignee_id": event.assignee_id,
            "due_on": event.due_on,
            "reason": event.reason,
            "status": FollowUpStatus.SCHEDULED,
        },
    )


def _ending(status: FollowUpStatus) -> Callable[[AsyncSession, Received[Any]], Awaitable[None]]:
    async def end_follow_up(session: AsyncSession, received: Received[Any]) -> None:
        await queries.change_follow_up(session, received.event.follow_up_id, received.aggregate_version, status)

    return end_follow_up


_CHANGES: dict[type[Event], Callable[[Any], dict[str, Any]]] = {
    cases.ComplaintClientLinked: lambda event: {"client_id": event.client_id},
    cases.ComplaintClassified: lambda event: {"level": event.level, "reason": event.reason},
    cases.ComplaintAssigned: lambda event: {"handler_id": event.handler_id},
    cases.ComplaintExtended: lambda event: {"due_on": event.due_on, "is_overdue": False},
    cases.ComplaintResumed: lambda event: {"due_on": event.due_on, "is_overdue": False},
    cases.ComplaintRestarted: lambda event: {
        "due_on": event.due_on,
        "is_overdue": False,
        "status": CaseStatus.OPEN,
    },
    cases.ComplaintDecided: lambda _: {"status": CaseStatus.DECIDED},
    cases.ComplaintInformed: lambda event: {"status": CaseStatus.INFORMED, "is_overdue": not event.is_in_time},
    cases.ComplaintOverdue: lambda _: {"is_overdue": True},
    cases.ComplaintWithdrawn: lambda _: {"status": CaseStatus.WITHDRAWN},
    cases.ComplaintReclassified: lambda _: {"status": CaseStatus.RECLASSIFIED, "is_overdue": False},
    cases.ComplaintRejected: lambda _: {"status": CaseStatus.REJECTED, "is_overdue": False},
    cases.ComplaintClosed: lambda _: {"status": CaseStatus.CLOSED},
}

_FOLLOW_UPS: Handlers = {
    log.FollowUpScheduled: projection(put_follow_up),
    log.FollowUpCompleted: projection(_ending(FollowUpStatus.COMPLETED)),
    log.FollowUpCanceled: projection(_ending(FollowUpStatus.CANCELED)),
    log.FollowUpMissed: projection(_ending(FollowUpStatus.MISSED)),
}

HANDLERS: Handlers = {
    cases.ComplaintRegistered: projection(put_complaint),
    **{event: projection(_changing(change)) for event, change in _CHANGES.items()},
    **unless_erased(_FOLLOW_UPS),
}
