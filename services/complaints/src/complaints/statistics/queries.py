from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import COUNTING, NOT_COUNTED, OPEN, Status
from complaints.cases.tables import Complaint
from complaints.clocks.rules import EntryKind
from complaints.clocks.tables import ClockEntry
from complaints.repeats.tables import RepeatFiling
from complaints.statistics.rules import By, Figure


def _conditions(today: date) -> Mapping[Figure, ColumnElement[bool]]:
    """Return which cases each number counts: the numbers and the lists of their cases cannot differ."""
    status, in_time = col(Complaint.status), col(Complaint.is_in_time)
    extended = exists().where(
        col(ClockEntry.complaint_id) == col(Complaint.id),
        col(ClockEntry.kind).in_([EntryKind.EXTENDED, EntryKind.EXTENDED_AGAIN]),
    )
    return {
        Figure.RECEIVED: col(Complaint.id).is_not(None),
        Figure.OPEN: status.in_(sorted(OPEN)),
        Figure.OVERDUE: and_(status.in_(sorted(COUNTING)), col(Complaint.due_on) < today),
        Figure.INFORMED: col(Complaint.informed_on).is_not(None),
        Figure.IN_TIME: in_time.is_(True),
        Figure.LATE: in_time.is_(False),
        Figure.WITHDRAWN: status == Status.WITHDRAWN,
        Figure.EXTENDED: extended,
        Figure.REPEATED: col(Complaint.repeat_of).is_not(None),
        Figure.MERGED: exists().where(col(RepeatFiling.complaint_id) == col(Complaint.id)),
        Figure.UPHELD: and_(col(Complaint.informed_on).is_not(None), col(Complaint.is_upheld).is_(True)),
        Figure.REVIEWED: col(Complaint.review_requested).is_(True),
        Figure.COMPENSATED: col(Complaint.compensation) > 0,
    }


def _of_period(received_from: date, received_to: date, reached: ColumnElement[bool]) -> ColumnElement[bool]:
    received = col(Complaint.received_on).between(received_from, received_to)
    return and_(reached, received, col(Complaint.status).not_in(sorted(NOT_COUNTED)))


def _value(by: By) -> ColumnElement[Any]:
    return cast(col(getattr(Complaint, by.value)), String)


async def count(
    session: AsyncSession,
    by: Sequence[By],
    received_from: date,
    received_to: date,
    reached: ColumnElement[bool],
    today: date,
) -> Sequence[Any]:
    """Return the numbers of each combination that occurs, by one statement; values stand under `by_…`."""
    numbers = [func.count().filter(wanted).label(figure.value) for figure, wanted in _conditions(today).items()]
    paid = func.coalesce(func.sum(col(Complaint.compensation)), 0).label("compensation")
    values = [_value(one).label(f"by_{one.value}") for one in by]
    statement = (
        select(*values, *numbers, paid)
        .where(_of_period(received_from, received_to, reached))
        .group_by(*values)
        .order_by(*(value.nulls_last() for value in values))
    )
    return (await session.execute(statement)).mappings().all()


async def count_received(
    session: AsyncSession, received_from: date, received_to: date, reached: ColumnElement[bool]
) -> int:
    wanted = _of_period(received_from, received_to, reached)
    return (await session.execute(select(func.count()).select_from(Complaint).where(wanted))).scalar_one()


def select_cases(
    figure: Figure,
    values: Mapping[By, str | None],
    received_from: date,
    received_to: date,
    reached: ColumnElement[bool],
    today: date,
) -> Select[Complaint]:
    chosen = [_value(by).is_(None) if value is None else _value(by) == value for by, value in values.items()]
    return select(Complaint).where(_of_period(received_from, received_to, reached), *chosen, _conditions(today)[figure])
