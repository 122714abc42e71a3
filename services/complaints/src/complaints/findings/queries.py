from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.tables import Complaint
from complaints.findings.tables import Finding
from complaints.inspections.tables import SampledCase
from shared.errors import NotFound


async def take_sampled(session: AsyncSession, inspection_id: UUID, complaint_id: UUID) -> SampledCase:
    found = await session.get(SampledCase, (inspection_id, complaint_id), with_for_update=True)
    if found is None:
        raise NotFound("This case is not in the sample.")
    return found


async def get_finding(session: AsyncSession, inspection_id: UUID, finding_id: UUID) -> Finding:
    found = await session.get(Finding, finding_id)
    if found is None or found.inspection_id != inspection_id:
        raise NotFound("No finding of this inspection has this id.")
    return found


async def find_complaint_id(session: AsyncSession, finding_id: UUID) -> UUID | None:
    return (
        await session.execute(select(col(Finding.complaint_id)).where(col(Finding.id) == finding_id))
    ).scalar_one_or_none()


async def list_findings(
    session: AsyncSession, inspection_id: UUID, reached: ColumnElement[bool] | None = None
) -> Sequence[Finding]:
    statement = select(Finding).where(col(Finding.inspection_id) == inspection_id)
    if reached is not None:
        statement = statement.join(Complaint, col(Complaint.id) == col(Finding.complaint_id)).where(reached)
    return (await session.execute(statement.order_by(col(Finding.id)))).scalars().all()


async def count_sample(session: AsyncSession, inspection_id: UUID) -> Any:
    statement = select(func.count().label("sampled"), func.count(col(SampledCase.examined_at)).label("examined")).where(
        col(SampledCase.inspection_id) == inspection_id
    )
    return (await session.execute(statement)).one()
