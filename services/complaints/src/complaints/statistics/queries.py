from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import COUNTING, OPEN, Status
from complaints.cases.tables import Complaint
from complaints.clocks.rules import EntryKind
from complaints.clocks.tables import ClockEntry
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
        Figure.UPHELD: and_(col(Complaint.informed_on).is_not(None), col(Complaint.is_upheld).is_(True)),
        Figure.REVIEWED: col(Complaint.review_requested).is_(True),
        Figure.COMPENSATED: col(Complaint.compensation) > 0,
    }


def _of_period(received_from: date, received_to: date, reached: ColumnElement[bool]) -> ColumnElement[bool]:
    received = col(Complaint.received_on).between(received_from, received_to)
    return and_(reached, received, col(Complaint.status) != Status.RECLASSIFIED)


def _value(by: By) -> ColumnElement[Any]:
    return cast(col(getattr(Complaint, by.value)), String)


async def count(
    session: AsyncSession, by: By, received_from: date, received_to: date, reached: ColumnElement[bool], today: date
) -> Sequence[Any]:
    numbers = [func.count().filter(wanted).label(figure.value) for figure, wanted in _conditions(today).items()]
    paid = func.coalesce(func.sum(col(Complaint.compensation)), 0).label("compensation")
    value = _value(by)
    statement = (
        select(value.label("value"), *numbers, paid)
        .where(_of_period(received_from, received_to, reached))
        .group_by(value)
        .order_by(value.nulls_last())
    )
    return (await session.execute(statement)).mappings().all()


def select_cases(
    figure: Figure,
    by: By,
    value: str | None,
    received_from: date,
    received_to: date,
    reached: ColumnElement[bool],
    today: date,
) -> Select[Complaint]:
    column = _value(by)
    return select(Complaint).where(
        _of_period(received_from, received_to, reached),
        column.is_(None) if value is None else column == value,
        _conditions(today)[figure],
    )
