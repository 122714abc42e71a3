from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.planning.rules import FOR_LEAD, FollowUpReason, FollowUpStatus
from interaction_log.planning.tables import FollowUp
from shared.rows import is_one_of

_IS_OPEN = col(FollowUp.status) == FollowUpStatus.SCHEDULED


async def list_open(
    session: AsyncSession, client_ids: Collection[UUID], *, reason: FollowUpReason | None = None
) -> list[FollowUp]:
    """The caller holds the clients' locks."""
    statement = (
        select(FollowUp).where(_IS_OPEN, is_one_of(col(FollowUp.client_id), client_ids)).order_by(col(FollowUp.id))
    )
    if reason is not None:
        statement = statement.where(col(FollowUp.reason) == reason)
    found = await session.execute(statement, execution_options={"populate_existing": True})
    return list(found.scalars())


async def list_causes(session: AsyncSession, event_ids: Collection[UUID]) -> set[UUID | None]:
    """Which of the events have caused a follow-up already."""
    statement = select(col(FollowUp.caused_by)).where(is_one_of(col(FollowUp.caused_by), event_ids))
    return set((await session.execute(statement)).scalars())


async def list_past_due_clients(session: AsyncSession, today: date, limit: int) -> list[UUID]:
    statement = select(col(FollowUp.client_id)).distinct().where(_IS_OPEN, col(FollowUp.due_on) < today).limit(limit)
    return list((await session.execute(statement)).scalars())


async def list_clients_with_leads_or(session: AsyncSession, assignees: Collection[UUID]) -> list[UUID]:
    """Clients with an open follow-up that is a team lead's, or one of the assignees'."""
    theirs = or_(col(FollowUp.reason).in_(FOR_LEAD), col(FollowUp.assignee_id).in_(assignees))
    statement = select(col(FollowUp.client_id)).distinct().where(_IS_OPEN, theirs)
    return list((await session.execute(statement)).scalars())
