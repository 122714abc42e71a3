from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.effects.tables import ImprovementRound, Recurrence
from complaints.improvement.tables import ImprovementAction

_SHOWN = 1000
# A case that takes up an ended one again is the same complaint. The last time of doing before the receipt counts, and
# a complaint once per action. Who judges an action names the version that was read, and so has seen what came again.
_FIND = text(
    "WITH found AS ("
    " INSERT INTO recurrence (action_id, complaint_id, round, received_on, found_at)"
    " SELECT DISTINCT ON (action.id, complaint.id)"
    " action.id, complaint.id, done.round, complaint.received_on, :now"
    " FROM improvement_round AS done JOIN improvement_action AS action ON action.id = done.action_id"
    " JOIN complaint ON complaint.root_cause = action.root_cause"
    " AND complaint.product_id IS NOT DISTINCT FROM action.product_id"
    " AND complaint.channel_id IS NOT DISTINCT FROM action.channel_id"
    " AND complaint.received_on > done.done_on AND complaint.received_on <= done.watched_until"
    " AND complaint.follows_id IS NULL"
    " ORDER BY action.id, complaint.id, done.round DESC"
    " ON CONFLICT DO NOTHING RETURNING action_id),"
    " many AS (SELECT action_id, count(*) AS found FROM found GROUP BY action_id)"
    " UPDATE improvement_action AS action SET version = version + 1, recurrences = recurrences + many.found"
    " FROM many WHERE action.id = many.action_id RETURNING action.id"
)


async def get_round(session: AsyncSession, action: ImprovementAction) -> ImprovementRound:
    return await session.get_one(ImprovementRound, (action.id, action.round))


async def list_rounds(session: AsyncSession, action_id: UUID) -> Sequence[ImprovementRound]:
    statement = select(ImprovementRound).where(col(ImprovementRound.action_id) == action_id)
    return (await session.execute(statement.order_by(col(ImprovementRound.round)))).scalars().all()


async def list_recurrences(session: AsyncSession, action_id: UUID) -> Sequence[Recurrence]:
    statement = select(Recurrence).where(col(Recurrence.action_id) == action_id)
    order = (col(Recurrence.received_on).desc(), col(Recurrence.complaint_id).desc())
    return (await session.execute(statement.order_by(*order).limit(_SHOWN))).scalars().all()


async def find_recurrences(session: AsyncSession, now: datetime) -> int:
    return len((await session.execute(_FIND, {"now": now})).all())
