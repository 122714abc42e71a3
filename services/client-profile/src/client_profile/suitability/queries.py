from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.suitability.tables import RiskAssessment


def select_assessments(client_id: UUID) -> Select[RiskAssessment]:
    return select(RiskAssessment).where(col(RiskAssessment.client_id) == client_id)


async def list_assessments(session: AsyncSession, client_id: UUID) -> Sequence[RiskAssessment]:
    return (await session.execute(select_assessments(client_id).order_by(col(RiskAssessment.id)))).scalars().all()
