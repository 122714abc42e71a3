from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.goals.tables import Escalation, GoalClock
from shared.rows import is_one_of


async def list_clocks(session: AsyncSession, complaint_id: UUID) -> list[GoalClock]:
    statement = select(GoalClock).where(col(GoalClock.complaint_id) == complaint_id)
    return list((await session.execute(statement.order_by(col(GoalClock.since), col(GoalClock.goal)))).scalars())


async def list_due_cases(session: AsyncSession, now: datetime, limit: int) -> list[UUID]:
    """Return cases of which a clock reached a level; the one that waits longest first."""
    statement = (
        select(col(GoalClock.complaint_id)).where(col(GoalClock.next_at) <= now).order_by(col(GoalClock.next_at))
    )
    return list(dict.fromkeys((await session.execute(statement.limit(limit))).scalars()))


async def lock_due_clocks(session: AsyncSession, complaint_ids: Collection[UUID], now: datetime) -> list[GoalClock]:
    statement = (
        select(GoalClock)
        .where(is_one_of(col(GoalClock.complaint_id), complaint_ids), col(GoalClock.next_at) <= now)
        .order_by(col(GoalClock.complaint_id), col(GoalClock.goal), col(GoalClock.round))
        .with_for_update()
    )
    return list((await session.execute(statement)).scalars())


async def list_escalations(session: AsyncSession, complaint_id: UUID) -> list[Escalation]:
    statement = select(Escalation).where(col(Escalation.complaint_id) == complaint_id)
    return list((await session.execute(statement.order_by(col(Escalation.told_at), col(Escalation.id)))).scalars())


def select_escalations(case_ids: Select[UUID], office: str | None) -> Select[Escalation]:
    statement = select(Escalation).where(col(Escalation.complaint_id).in_(case_ids))
    return statement if office is None else statement.where(col(Escalation.office) == office)
