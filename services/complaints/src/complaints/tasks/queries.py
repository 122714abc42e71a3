from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.tasks.tables import CaseTask
from shared.errors import NotFound

_IS_OPEN: ColumnElement[bool] = col(CaseTask.ended_on).is_(None)


async def get_task(session: AsyncSession, task_id: UUID, reached: ColumnElement[bool]) -> CaseTask:
    found = (await session.execute(select(CaseTask).where(col(CaseTask.id) == task_id, reached))).scalar_one_or_none()
    if found is None:
        raise NotFound("No task has this id.")
    return found


async def next_due(session: AsyncSession, complaint_id: UUID) -> date | None:
    """Return the earliest due day among the open tasks of a case."""
    statement = select(func.min(col(CaseTask.due_on))).where(col(CaseTask.complaint_id) == complaint_id, _IS_OPEN)
    return (await session.execute(statement)).scalar_one()


async def list_open(session: AsyncSession, complaint_id: UUID) -> list[CaseTask]:
    statement = select(CaseTask).where(col(CaseTask.complaint_id) == complaint_id, _IS_OPEN)
    return list((await session.execute(statement)).scalars())


def select_tasks(complaint_id: UUID) -> Select[CaseTask]:
    return select(CaseTask).where(col(CaseTask.complaint_id) == complaint_id)


def select_open(reached: ColumnElement[bool], *, owner_id: UUID | None, due_before: date | None) -> Select[CaseTask]:
    statement = select(CaseTask).where(_IS_OPEN, reached)
    if owner_id is not None:
        statement = statement.where(col(CaseTask.owner_id) == owner_id)
    return statement if due_before is None else statement.where(col(CaseTask.due_on) < due_before)
