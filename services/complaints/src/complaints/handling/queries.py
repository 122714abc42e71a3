from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.handling.tables import Cooperation


async def list_cooperation(session: AsyncSession, complaint_id: UUID) -> list[Cooperation]:
    statement = select(Cooperation).where(col(Cooperation.complaint_id) == complaint_id)
    return list((await session.execute(statement.order_by(col(Cooperation.id)).limit(200))).scalars())
