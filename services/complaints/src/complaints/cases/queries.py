from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from complaints.cases.rules import COUNTING, NOT_COUNTED, OPEN, RUNNING, Level, Status
from complaints.cases.tables import Complaint
from complaints.traits.rules import Urgency
from shared.erasure.guard import is_present
from shared.errors import NotFound
from shared.lineage.clients import is_about
from shared.rows import is_one_of

# Written out in the statement: with bound values the planner could not see that the indexes of open cases fit.
_IS_OPEN: ColumnElement[bool] = col(Complaint.status).in_(
    bindparam("open", sorted(OPEN), expanding=True, literal_execute=True)
)
_COUNTS: ColumnElement[bool] = col(Complaint.status).in_(
    bindparam("counting", sorted(COUNTING), expanding=True, literal_execute=True)
)
_IS_EXCLUDED: ColumnElement[bool] = and_(_IS_OPEN, col(Complaint.handler_exclusions) != text("'{}'"))
_LONG_TEXTS: tuple[Any, ...] = (
    Complaint.facts,
    Complaint.demand,
    Complaint.decision,
    Complaint.basis,
    Complaint.remedies,
    Complaint.measures,
    Complaint.review_grounds,
    Complaint.withdraw_reason,
    Complaint.reject_reason,
)


async def get_complaint(
    session: AsyncSession, complaint_id: UUID, reached: ColumnElement[bool], *, for_update: bool = False
) -> Complaint:
    statement = select(Complaint).where(col(Complaint.id) == complaint_id, reached)
    if for_update:
        statement = statement.with_for_update()
    complaint = (await session.execute(statement)).scalar_one_or_none()
    if complaint is None:
        raise NotFound("No complaint has this id.")
    return complaint


def select_listed(
    reached: ColumnElement[bool],
    *,
    status: Status | None,
    level: Level | None,
    handler_id: UUID | None,
    client_id: UUID | None,
    channel_id: UUID | None,
    due_before: date | None,
    is_open: bool | None,
    is_overdue: bool | None,
    needs_recusal: bool | None,
    has_overdue_task: bool | None,
    today: date,
) -> Select[Complaint]:
    equal: dict[Any, Any] = {
        Complaint.status: status,
        Complaint.level: level,
        Complaint.handler_id: handler_id,
        Complaint.channel_id: channel_id,
    }
    readable = or_(col(Complaint.status).in_(sorted(RUNNING)), is_present(col(Complaint.client_id)))
    statement = select(Complaint).where(
        reached, readable, *(column == value for column, value in equal.items() if value)
    )
    if client_id is not None:
        statement = statement.where(is_about(col(Complaint.client_id), client_id))
    if due_before is not None:
        statement = statement.where(col(Complaint.due_on) < due_before)
    overdue = and_(_COUNTS, col(Complaint.due_on) < today)
    late_task = col(Complaint.next_task_due_on) < today
    flags = (_IS_OPEN, is_open), (overdue, is_overdue), (_IS_EXCLUDED, needs_recusal), (late_task, has_overdue_task)
    for condition, wanted in flags:
        if wanted is not None:
            # Null, where no task is open, is not late.
            statement = statement.where(condition if wanted else condition.is_not(True))
    return statement


def select_of_clients(client_ids: Collection[UUID]) -> Select[Complaint]:
    """Return the select of the clients' cases, without their long texts."""
    statement = select(Complaint).where(is_one_of(col(Complaint.client_id), client_ids))
    return statement.options(*(defer(column, raiseload=True) for column in _LONG_TEXTS))


async def count_open_by_handler(session: AsyncSession, handler_ids: Collection[UUID]) -> dict[UUID, dict[Urgency, int]]:
    handler, urgency = col(Complaint.handler_id), col(Complaint.urgency)
    statement = select(handler, urgency, func.count()).where(handler.in_(handler_ids), _IS_OPEN)
    counts: dict[UUID, dict[Urgency, int]] = defaultdict(dict)
    for handler_id, level, count in await session.execute(statement.group_by(handler, urgency)):
        if handler_id:
            counts[handler_id][level] = count
    return counts


async def count_since(session: AsyncSession, client_id: UUID, since: date, but: UUID) -> int:
    statement = select(func.count()).where(
        is_about(col(Complaint.client_id), client_id),
        col(Complaint.received_on) >= since,
        col(Complaint.status).not_in(sorted(NOT_COUNTED)),
        col(Complaint.id) != but,
    )
    return (await session.execute(statement)).scalar_one()


async def take_newly_overdue(session: AsyncSession, today: date, limit: int) -> list[Complaint]:
    """Lock cases past a due date that was not told of yet; those another worker holds are passed over."""
    statement = (
        select(Complaint)
        .where(
            _COUNTS,
            col(Complaint.due_on) < today,
            col(Complaint.overdue_told_for).is_distinct_from(col(Complaint.due_on)),
        )
        .order_by(col(Complaint.due_on), col(Complaint.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.execute(statement)).scalars())


async def lock_free(session: AsyncSession, complaint_ids: Collection[UUID]) -> list[Complaint]:
    statement = select(Complaint).where(is_one_of(col(Complaint.id), complaint_ids)).order_by(col(Complaint.id))
    return list((await session.execute(statement.with_for_update(skip_locked=True))).scalars())


def select_ids(reached: ColumnElement[bool]) -> Select[UUID]:
    return select(col(Complaint.id)).where(reached)


async def lock_named(session: AsyncSession, origin: str, external_ids: Collection[str]) -> dict[str, Complaint]:
    statement = (
        select(Complaint)
        .where(col(Complaint.origin) == origin, col(Complaint.external_id).in_(external_ids))
        .order_by(col(Complaint.id))
        .with_for_update()
    )
    return {str(found.external_id): found for found in (await session.execute(statement)).scalars()}
