from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.handling.tables import Cooperation


def select_cooperation(complaint_id: UUID) -> Select[Cooperation]:
    return select(Cooperation).where(col(Cooperation.complaint_id) == complaint_id)


async def count_statements(
    session: AsyncSession, complaint_ids: Collection[UUID]
) -> dict[UUID, tuple[int, datetime | None]]:
    complaint_id = col(Cooperation.complaint_id)
    counted = (
        select(complaint_id, func.count(), func.min(col(Cooperation.given_at)))
        .where(complaint_id.in_(complaint_ids))
        .group_by(complaint_id)
    )
    return {id: (number, first_at) for id, number, first_at in await session.execute(counted)}
