from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.holds.tables import FeeHold
from shared.errors import NotFound


async def is_held(session: AsyncSession, dealing_id: UUID) -> bool:
    statement = select(col(FeeHold.id)).where(col(FeeHold.dealing_id) == dealing_id, col(FeeHold.released_at).is_(None))
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def get_hold(session: AsyncSession, hold_id: UUID, *, for_update: bool = False) -> FeeHold:
    statement = select(FeeHold).where(col(FeeHold.id) == hold_id).execution_options(populate_existing=True)
    if for_update:
        statement = statement.with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No hold has this id.")
    return found


def select_holds(*, dealing_id: UUID | None, only_open: bool) -> Select[FeeHold]:
    statement = select(FeeHold)
    if dealing_id is not None:
        statement = statement.where(col(FeeHold.dealing_id) == dealing_id)
    return statement.where(col(FeeHold.released_at).is_(None)) if only_open else statement
