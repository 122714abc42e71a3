from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.draws.rules import DrawStatus
from channel_commission.draws.tables import Draw, DrawRecovery
from channel_commission.vouchers.service import Books
from shared.errors import NotFound
from shared.http.callers import Actor


async def get_draw(session: AsyncSession, draw_id: UUID, *, for_update: bool = False) -> Draw:
    statement = select(Draw).where(col(Draw.id) == draw_id)
    if for_update:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No draw has this id.")
    return found


def select_draws(channel_id: UUID, actor: Actor) -> Select[Draw]:
    return select(Draw).where(col(Draw.channel_id) == channel_id, actor.within(channel=col(Draw.channel_id)))


async def lock_paid(session: AsyncSession, books: Books) -> list[Draw]:
    """Return the paid draws of these books, the oldest first, locked: two payments never cover the same fen."""
    statement = select(Draw).where(
        col(Draw.channel_id) == books.channel_id,
        col(Draw.bearer) == books.bearer,
        col(Draw.plan_id).is_not_distinct_from(books.plan_id),
        col(Draw.status) == DrawStatus.PAID,
    )
    locked = statement.order_by(col(Draw.id)).with_for_update(key_share=True)
    return list((await session.execute(locked)).scalars())


async def recovered(session: AsyncSession, draw_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return what payments kept back of each draw, in fen."""
    statement = (
        select(col(DrawRecovery.draw_id), func.sum(col(DrawRecovery.amount_fen)))
        .where(col(DrawRecovery.draw_id).in_(draw_ids))
        .group_by(col(DrawRecovery.draw_id))
    )
    return {draw_id: int(fen) for draw_id, fen in await session.execute(statement)}


async def of_statement(session: AsyncSession, statement_id: UUID) -> list[DrawRecovery]:
    statement = select(DrawRecovery).where(col(DrawRecovery.statement_id) == statement_id)
    return list((await session.execute(statement.order_by(col(DrawRecovery.draw_id)))).scalars())
