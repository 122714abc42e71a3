from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accruals.tables import AccrualEntry
from channel_commission.holds.tables import FeeHold
from channel_commission.rates.rules import Component
from shared.errors import NotFound


async def is_held(session: AsyncSession, dealing_id: UUID) -> bool:
    statement = select(col(FeeHold.id)).where(col(FeeHold.dealing_id) == dealing_id, col(FeeHold.released_at).is_(None))
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def is_disputed(session: AsyncSession, dealing_ids: Sequence[UUID]) -> bool:
    """Return whether lines of these dealings are out for a dispute, or were corrected downwards by one."""
    statement = (
        select(col(AccrualEntry.channel_id))
        .where(col(AccrualEntry.dealing_id).in_(dealing_ids), col(AccrualEntry.component) == Component.DISPUTED)
        .group_by(col(AccrualEntry.dealing_id), col(AccrualEntry.channel_id))
        .having(func.sum(col(AccrualEntry.amount_fen)) < 0)
    )
    return (await session.execute(statement.limit(1))).first() is not None


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
