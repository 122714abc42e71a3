from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.classification.rules import Dimension
from complaints.classification.tables import ClassificationCode
from shared.errors import NotFound


async def list_codes(session: AsyncSession) -> Sequence[ClassificationCode]:
    return (await session.execute(select(ClassificationCode))).scalars().all()


def select_codes(dimension: Dimension | None, on: date | None) -> Select[ClassificationCode]:
    statement = select(ClassificationCode)
    if dimension is not None:
        statement = statement.where(col(ClassificationCode.dimension) == dimension)
    if on is not None:
        ends = col(ClassificationCode.valid_to)
        statement = statement.where(col(ClassificationCode.valid_from) <= on, or_(ends.is_(None), ends > on))
    return statement


async def get_code(session: AsyncSession, dimension: Dimension, code: str) -> ClassificationCode:
    found = await session.get(ClassificationCode, (dimension, code), with_for_update=True)
    if found is None:
        raise NotFound("No such code.")
    return found
