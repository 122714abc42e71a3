from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.cycles.tables import Establishment


async def closed_among(session: AsyncSession, product_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return the plans whose establishment is closed; the caller holds the periods, so that this stays true."""
    statement = select(col(Establishment.product_id)).where(col(Establishment.product_id).in_(product_ids))
    return frozenset((await session.execute(statement)).scalars())
