from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.planning.rules import FollowUpStatus
from interaction_log.planning.tables import FollowUp
from shared.errors import NotFound
from shared.lineage.clients import is_about


async def get(
    session: AsyncSession, follow_up_id: UUID, *, within: ColumnElement[bool], for_update: bool = False
) -> FollowUp:
    statement = select(FollowUp).where(col(FollowUp.id) == follow_up_id, within)
    if for_update:
        statement = statement.with_for_update()
    found = await session.execute(statement, execution_options={"populate_existing": True})
    follow_up = found.scalar_one_or_none()
    if follow_up is None:
        raise NotFound("No follow-up within your reach has this id.")
    return follow_up


def select_matching(
    *,
    within: ColumnElement[bool],
    assignee_id: UUID | None,
    client_id: UUID | None,
    status: FollowUpStatus | None,
    due_before: date | None,
) -> Select[FollowUp]:
    statement = select(FollowUp).where(within)
    if assignee_id is not None:
        statement = statement.where(col(FollowUp.assignee_id) == assignee_id)
    if client_id is not None:
        statement = statement.where(is_about(col(FollowUp.client_id), client_id))
    if status is not None:
        statement = statement.where(col(FollowUp.status) == status)
    if due_before is not None:
        statement = statement.where(col(FollowUp.due_on) < due_before)
    return statement


def is_overdue(today: date) -> ColumnElement[bool]:
    """Missed, or about to be: the day has passed and the timer has not come by yet."""
    about_to_be = and_(col(FollowUp.status) == FollowUpStatus.SCHEDULED, col(FollowUp.due_on) < today)
    return or_(col(FollowUp.status) == FollowUpStatus.MISSED, about_to_be)
