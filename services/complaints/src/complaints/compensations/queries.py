from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from complaints.compensations.tables import Compensation
from shared.errors import NotFound


async def find_compensation(session: AsyncSession, complaint_id: UUID) -> Compensation | None:
    return await session.get(Compensation, complaint_id)


async def get_compensation(session: AsyncSession, complaint_id: UUID) -> Compensation:
    found = await find_compensation(session, complaint_id)
    if found is None:
        raise NotFound("No compensation was agreed in this case.")
    return found
