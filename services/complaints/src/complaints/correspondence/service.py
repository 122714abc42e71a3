from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from complaints.cases import service as cases
from complaints.cases.tables import Complaint
from complaints.correspondence import queries, rules
from complaints.correspondence.schemas import ExchangeCreate
from complaints.correspondence.tables import Exchange
from shared.http.callers import Actor


async def keep(
    session: AsyncSession, complaint: Complaint, wanted: ExchangeCreate, *, actor: Actor, now: datetime
) -> Exchange:
    """Keep what was exchanged with the complainant of a locked case.

    Raises:
        InstantOutOfRange: before receipt or in the future.
    """
    at = rules.exchanged_at(wanted.at, received_at=complaint.received_at, now=now)
    kept = Exchange(
        complaint_id=complaint.id,
        kind=wanted.kind,
        method=wanted.method,
        at=at,
        summary=wanted.summary,
        recorded_at=now,
        recorded_by=actor.name,
    )
    session.add(kept)
    await session.flush()
    return kept


async def exchanges(session: AsyncSession, complaint_id: UUID, *, actor: Actor) -> Select[Exchange]:
    """Return the select of what was exchanged with the complainant of a case.

    Raises:
        NotFound: there is no such case in reach.
    """
    complaint = await cases.get(session, complaint_id, actor=actor)
    return queries.select_exchanges(complaint.id)


async def all_of(session: AsyncSession, complaint_id: UUID) -> list[Exchange]:
    """Return everything exchanged with the complainant of a case, whoever asks."""
    return list((await session.execute(queries.select_exchanges(complaint_id))).scalars())
