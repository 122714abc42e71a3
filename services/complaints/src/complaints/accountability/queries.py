from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.accountability.rules import TOLD
from complaints.accountability.tables import AccountabilityCase
from shared.errors import NotFound

_IS_TOLD: ColumnElement[bool] = col(AccountabilityCase.status).in_(sorted(TOLD))
_STEPS = ("found_by", "opined_by", "decider_id", "decided_by", "appeal_decided_by")


def of_channel(channel_id: UUID) -> ColumnElement[bool]:
    return and_(col(AccountabilityCase.channel_id) == channel_id, _IS_TOLD)


def not_about(staff_id: UUID) -> ColumnElement[bool]:
    """Return the SQL condition that a case is not about somebody, or has been told to them."""
    return or_(col(AccountabilityCase.staff_id).is_distinct_from(staff_id), _IS_TOLD)


def concerning(staff_id: UUID) -> ColumnElement[bool]:
    """Return the SQL condition that somebody is held to account, or took or is to take a step."""
    steps = [col(getattr(AccountabilityCase, name)) == staff_id for name in _STEPS]
    return or_(col(AccountabilityCase.staff_id) == staff_id, *steps)


async def insert_case(session: AsyncSession, values: Mapping[str, Any]) -> UUID | None:
    """Insert a case; return None if the same one is held to account for the same already."""
    statement = insert(AccountabilityCase).values(**values).on_conflict_do_nothing()
    return (await session.execute(statement.returning(col(AccountabilityCase.id)))).scalar_one_or_none()


async def get_case(
    session: AsyncSession, case_id: UUID, reached: ColumnElement[bool], *, for_update: bool = False
) -> AccountabilityCase:
    statement = select(AccountabilityCase).where(col(AccountabilityCase.id) == case_id, reached)
    statement = statement.with_for_update() if for_update else statement
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No case of accountability has this id.")
    return found


def select_cases(reached: ColumnElement[bool], equal: Mapping[str, Any]) -> Select[AccountabilityCase]:
    wanted = [col(getattr(AccountabilityCase, name)) == value for name, value in equal.items() if value is not None]
    return select(AccountabilityCase).where(reached, *wanted)
