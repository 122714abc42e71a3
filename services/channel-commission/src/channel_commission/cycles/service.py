from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.cycles import queries


async def closed_among(session: AsyncSession, product_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return the plans whose establishment is closed; the caller holds the periods, so that this stays true."""
    return await queries.closed_among(session, product_ids)
