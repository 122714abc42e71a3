from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, not_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.tables import Complaint
from complaints.improvement.rules import ActionStatus, Origin
from complaints.improvement.tables import ImprovementAction
from shared.errors import NotFound
from shared.rows import is_one_of


def is_about(person_id: UUID) -> ColumnElement[bool]:
    """Return the SQL condition that an action answers a complaint about this person."""
    named = exists().where(
        col(Complaint.id) == col(ImprovementAction.origin_id), col(Complaint.named_staff_id) == person_id
    )
    return and_(col(ImprovementAction.origin) == Origin.COMPLAINT, named)


async def is_named(session: AsyncSession, complaint_id: UUID, person_id: UUID) -> bool:
    named = exists().where(col(Complaint.id) == complaint_id, col(Complaint.named_staff_id) == person_id)
    return bool((await session.execute(select(named))).scalar_one())


async def get_action(
    session: AsyncSession, action_id: UUID, reached: ColumnElement[bool], *, for_update: bool = False
) -> ImprovementAction:
    statement = select(ImprovementAction).where(col(ImprovementAction.id) == action_id, reached)
    statement = statement.with_for_update() if for_update else statement
    action = (await session.execute(statement)).scalar_one_or_none()
    if action is None:
        raise NotFound("No action has this id.")
    return action


def select_listed(
    reached: ColumnElement[bool],
    equal: Mapping[str, Any],
    *,
    is_overdue: bool | None,
    is_checkable: bool | None,
    has_recurred: bool | None,
    today: date,
) -> Select[ImprovementAction]:
    wanted = [col(getattr(ImprovementAction, name)) == value for name, value in equal.items() if value is not None]
    status = col(ImprovementAction.status)
    conditions = (
        (and_(status == ActionStatus.OPEN, col(ImprovementAction.due_on) < today), is_overdue),
        (and_(status == ActionStatus.DONE, col(ImprovementAction.check_from) <= today), is_checkable),
        (col(ImprovementAction.recurrences) > 0, has_recurred),
    )
    chosen = [condition if holds else not_(condition) for condition, holds in conditions if holds is not None]
    return select(ImprovementAction).where(reached, *wanted, *chosen)


async def list_of(session: AsyncSession, origin: Origin, origin_ids: Collection[UUID]) -> Sequence[ImprovementAction]:
    statement = select(ImprovementAction).where(
        col(ImprovementAction.origin) == origin, is_one_of(col(ImprovementAction.origin_id), origin_ids)
    )
    return (await session.execute(statement.order_by(col(ImprovementAction.id)))).scalars().all()
