from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.due_diligence.tables import DueDiligenceFinding


def select_findings(channel_id: UUID) -> Select[DueDiligenceFinding]:
    return select(DueDiligenceFinding).where(col(DueDiligenceFinding.channel_id) == channel_id)


async def findings(session: AsyncSession, channel_id: UUID) -> Sequence[DueDiligenceFinding]:
    """Return the last finding on each topic of a channel."""
    found = DueDiligenceFinding
    by_topic = select_findings(channel_id).ext(distinct_on(col(found.topic)))
    statement = by_topic.order_by(col(found.topic), col(found.id).desc())
    return (await session.execute(statement)).scalars().all()


async def finders(session: AsyncSession, channel_id: UUID) -> set[UUID]:
    statement = select(col(DueDiligenceFinding.found_by)).where(col(DueDiligenceFinding.channel_id) == channel_id)
    return set((await session.execute(statement.distinct())).scalars())
