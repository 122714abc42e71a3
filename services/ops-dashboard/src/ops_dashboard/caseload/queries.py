from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ops_dashboard.caseload.rules import CLOCK_RUNS, FollowUpStatus
from ops_dashboard.caseload.schemas import Due
from ops_dashboard.caseload.tables import ComplaintOnBoard, FollowUpOnBoard


async def put_complaint(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(ComplaintOnBoard).values(values).on_conflict_do_nothing())


async def change_complaint(session: AsyncSession, complaint_id: UUID, version: int, changes: Mapping[str, Any]) -> None:
    statement = update(ComplaintOnBoard).where(
        col(ComplaintOnBoard.complaint_id) == complaint_id, col(ComplaintOnBoard.version) < version
    )
    await session.execute(statement.values({**changes, "version": version}))


async def put_follow_up(session: AsyncSession, values: Mapping[str, Any]) -> None:
    new = insert(FollowUpOnBoard).values(values)
    changed = {name: new.excluded[name] for name in ("version", "assignee_id", "due_on", "reason", "status")}
    older = col(FollowUpOnBoard.version) < new.excluded.version
    await session.execute(new.on_conflict_do_update(index_elements=["follow_up_id"], set_=changed, where=older))


async def change_follow_up(session: AsyncSession, follow_up_id: UUID, version: int, status: FollowUpStatus) -> None:
    statement = update(FollowUpOnBoard).where(
        col(FollowUpOnBoard.follow_up_id) == follow_up_id, col(FollowUpOnBoard.version) < version
    )
    await session.execute(statement.values(status=status, version=version))


def select_complaints(due_before: date | None) -> Select[ComplaintOnBoard]:
    statement = select(ComplaintOnBoard).where(col(ComplaintOnBoard.status).in_(CLOCK_RUNS))
    return statement if due_before is None else statement.where(col(ComplaintOnBoard.due_on) < due_before)


def select_follow_ups(due_before: date | None) -> Select[FollowUpOnBoard]:
    statement = select(FollowUpOnBoard).where(col(FollowUpOnBoard.status) == FollowUpStatus.SCHEDULED)
    return statement if due_before is None else statement.where(col(FollowUpOnBoard.due_on) < due_before)


async def due(session: AsyncSession, today: date) -> Due:
    case, task = ComplaintOnBoard, FollowUpOnBoard
    counted_cases = select(
        func.count(),
        func.count().filter(col(case.due_on) < today),
        func.count().filter(col(case.due_on) == today),
        func.count().filter(col(case.due_on).between(today, today + timedelta(days=3))),
    ).where(col(case.status).in_(CLOCK_RUNS))
    counted_tasks = select(
        func.count(), func.count().filter(col(task.due_on) < today), func.count().filter(col(task.due_on) == today)
    ).where(col(task.status) == FollowUpStatus.SCHEDULED)
    cases = (await session.execute(counted_cases)).one()
    tasks = (await session.execute(counted_tasks)).one()
    return Due(
        as_of=today,
        complaints_open=cases[0],
        complaints_overdue=cases[1],
        complaints_due_today=cases[2],
        complaints_due_in_3_days=cases[3],
        follow_ups_open=tasks[0],
        follow_ups_overdue=tasks[1],
        follow_ups_due_today=tasks[2],
    )
