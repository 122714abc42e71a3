from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.plans.tables import SalesQuota
from shared.http.callers import Actor

# Dealings are kept by a feature above this one; only what was sold of a quota matters here.
_SOLD = (
    "SELECT quota.id, coalesce((SELECT sum(amount_fen) FROM dealing WHERE dealing.channel_id = quota.channel_id"
    " AND dealing.product_id = quota.product_id AND kind = 'subscription' AND reversed_by IS NULL"
    " AND confirmed_on >= quota.valid_from AND confirmed_on < quota.valid_until), 0)::bigint AS fen"
    " FROM sales_quota quota"
)


def select_quotas(channel_id: UUID, actor: Actor) -> Select[SalesQuota]:
    return select(SalesQuota).where(
        col(SalesQuota.channel_id) == channel_id, actor.within(channel=col(SalesQuota.channel_id))
    )


async def overlaps(
    session: AsyncSession, channel_id: UUID, product_id: UUID, valid_from: date, valid_until: date
) -> bool:
    quota = SalesQuota
    statement = select(col(quota.id)).where(
        col(quota.channel_id) == channel_id,
        col(quota.product_id) == product_id,
        col(quota.valid_from) < valid_until,
        col(quota.valid_until) > valid_from,
    )
    return (await session.execute(statement)).first() is not None


async def sold(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return what was sold of each quota, in fen."""
    found = await session.execute(text(f"{_SOLD} WHERE quota.id = ANY(:ids)"), {"ids": list(ids)})
    return {row.id: row.fen for row in found}


async def lock_to_alarm(session: AsyncSession, thresholds: Sequence[int], limit: int) -> list[tuple[SalesQuota, int]]:
    """Return quotas of which a higher share is sold than was told, with what is sold, locked."""
    due = text(
        f"SELECT quota.id, sold.fen FROM sales_quota quota JOIN ({_SOLD}) AS sold USING (id)"
        " WHERE EXISTS (SELECT FROM unnest(CAST(:thresholds AS int[])) AS percent"
        "  WHERE sold.fen * 100 >= quota.amount_fen * percent"
        "  AND (quota.alarm_given IS NULL OR percent > quota.alarm_given))"
        " ORDER BY quota.id LIMIT :limit FOR UPDATE OF quota SKIP LOCKED"
    )
    found = await session.execute(due, {"thresholds": list(thresholds), "limit": limit})
    fen = {row.id: row.fen for row in found}
    statement = select(SalesQuota).where(col(SalesQuota.id).in_(fen)).order_by(col(SalesQuota.id))
    return [(quota, fen[quota.id]) for quota in (await session.execute(statement)).scalars()]
