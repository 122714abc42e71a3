from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accounts.rules import Account
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.cycles.rules import Run, cycle_of
from channel_commission.disputes.rules import DisputeStatus
from channel_commission.disputes.tables import LineDispute
from channel_commission.rates.rules import Component
from shared.errors import NotFound
from shared.http.callers import Actor


async def among(session: AsyncSession, lines: Select[AccrualEntry], ids: Sequence[UUID]) -> list[AccrualEntry]:
    return list((await session.execute(lines.where(col(AccrualEntry.id).in_(ids)))).scalars())


async def withheld_among(session: AsyncSession, lines: Select[AccrualEntry], dealing_id: UUID) -> int:
    """Return what lines of a statement withhold of a sale for a hold (fen; positive: pay after one)."""
    withheld = lines.where(
        col(AccrualEntry.dealing_id) == dealing_id, col(AccrualEntry.component) == Component.WITHHELD
    )
    return sum(entry.amount_fen for entry in (await session.execute(withheld)).scalars())


async def disputed_among(session: AsyncSession, accrual_ids: Sequence[UUID]) -> set[UUID]:
    statement = select(col(LineDispute.accrual_id)).where(col(LineDispute.accrual_id).in_(accrual_ids))
    return set((await session.execute(statement)).scalars())


async def held_of(session: AsyncSession, dealing_ids: Sequence[UUID], account: Account) -> int:
    """Return what is out of an account's fees for dealings until open disputes are decided, in fen."""
    statement = (
        select(func.coalesce(func.sum(col(LineDispute.held_fen)), 0))
        .join(AccrualEntry, col(AccrualEntry.id) == col(LineDispute.accrual_id))
        .where(
            col(AccrualEntry.dealing_id).in_(dealing_ids),
            col(LineDispute.channel_id) == account.channel_id,
            col(AccrualEntry.run).in_([run for run in Run if cycle_of(run) is account.cycle]),
            col(LineDispute.decided_at).is_(None),
        )
    )
    return int((await session.execute(statement)).scalar_one())


async def lock_dispute(session: AsyncSession, dispute_id: UUID) -> LineDispute:
    statement = select(LineDispute).where(col(LineDispute.id) == dispute_id).with_for_update()
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()
    if found is None:
        raise NotFound("No dispute has this id.")
    return found


async def get_dispute(session: AsyncSession, dispute_id: UUID) -> LineDispute:
    found = await session.get(LineDispute, dispute_id)
    if found is None:
        raise NotFound("No dispute has this id.")
    return found


def select_disputes(
    actor: Actor, *, statement_id: UUID | None, status: Sequence[DisputeStatus] | None
) -> Select[LineDispute]:
    statement = select(LineDispute).where(actor.within(channel=col(LineDispute.channel_id)))
    if statement_id is not None:
        statement = statement.where(col(LineDispute.statement_id) == statement_id)
    return statement if not status else statement.where(col(LineDispute.status).in_(status))
