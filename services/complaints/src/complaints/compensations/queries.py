from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.approvals.rules import Authority
from complaints.compensations.rules import Step
from complaints.compensations.tables import Compensation
from shared.errors import NotFound


async def find_compensation(session: AsyncSession, complaint_id: UUID) -> Compensation | None:
    return await session.get(Compensation, complaint_id)


async def get_compensation(session: AsyncSession, complaint_id: UUID) -> Compensation:
    found = await find_compensation(session, complaint_id)
    if found is None:
        raise NotFound("No compensation was agreed in this case.")
    return found


def select_unpaid(complaint_ids: Select[UUID], step: Step | None) -> Select[Compensation]:
    statement = select(Compensation).where(
        col(Compensation.paid_on).is_(None), col(Compensation.complaint_id).in_(complaint_ids)
    )
    may_be_paid = or_(
        col(Compensation.approved_by).is_not(None),
        col(Compensation.needs).is_not_distinct_from(Authority.HANDLER),
    )
    if step is None:
        return statement
    return statement.where(may_be_paid if step is Step.PAYMENT else ~may_be_paid)
