from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, and_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.ageing.rules import Band
from complaints.cases.rules import COUNTING, OPEN
from complaints.cases.tables import Complaint


async def count(
    session: AsyncSession, bands: Sequence[Band], reached: ColumnElement[bool], today: date
) -> dict[int, Any]:
    """Return open and overdue cases and the first day of receipt by place of the band; empty bands are left out."""
    age = literal(today) - col(Complaint.received_on)
    place = func.width_bucket(age, literal([band.from_days for band in bands], ARRAY(Integer))).label("place")
    overdue = and_(col(Complaint.status).in_(sorted(COUNTING)), col(Complaint.due_on) < today)
    statement = (
        select(
            place,
            func.count().label("open"),
            func.count().filter(overdue).label("overdue"),
            func.min(col(Complaint.received_on)).label("first_on"),
        )
        .where(reached, col(Complaint.status).in_(sorted(OPEN)))
        .group_by("place")
    )
    return {row.place - 1: row for row in await session.execute(statement)}
