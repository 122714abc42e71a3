"""Keeps what other services tell of clients' rights; of whom is not kept, so an erasure changes nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.client_rights import queries
from complaints.client_rights.rules import Occurrence
from shared.clock import business_date
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Event, Received
from shared.events.client_profile import QualificationChanged, SuitabilityAssessed


async def keep_assessments(session: AsyncSession, run: list[Received[SuitabilityAssessed]]) -> None:
    """Keep that clients' suitability was assessed."""
    await queries.keep(session, [_row(one.id, one.event, Occurrence.SUITABILITY_ASSESSED) for one in run])


async def keep_qualifications(session: AsyncSession, run: Sequence[Received[QualificationChanged]]) -> None:
    """Keep that clients became or ceased to be qualified investors."""
    kinds = {True: Occurrence.QUALIFIED, False: Occurrence.UNQUALIFIED}
    await queries.keep(session, [_row(one.id, one.event, kinds[one.event.is_qualified]) for one in run])


def _row(event_id: UUID, event: Event, kind: Occurrence) -> dict[str, object]:
    return {"event_id": event_id, "kind": kind, "happened_on": business_date(event.occurred_at)}


HANDLERS: Handlers = {
    SuitabilityAssessed: projection(keep_assessments, batch=True),
    QualificationChanged: projection(keep_qualifications, batch=True),
}
