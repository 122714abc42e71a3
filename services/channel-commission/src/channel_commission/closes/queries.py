from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.cycles.tables import Establishment

#: More plans than a house establishes between two closes.
_MOST_OPEN = 500


async def find_establishment(session: AsyncSession, product_id: UUID) -> Establishment | None:
    return await session.get(Establishment, product_id)


async def first_on(session: AsyncSession, product_id: UUID) -> date | None:
    """Return the first business date of fees settled at the establishment of a plan."""
    statement = text(
        "SELECT min(business_date) FROM accrual_entry WHERE product_id = :product AND run = 'at_establishment'"
    )
    found: date | None = (await session.execute(statement, {"product": product_id})).scalar_one()
    return found


async def open_establishments(session: AsyncSession) -> list[Row[Any]]:
    statement = text(
        "SELECT product_id, min(business_date) AS established_on, count(DISTINCT channel_id) AS channels,"
        " sum(amount_fen)::bigint AS total_fen FROM accrual_entry WHERE run = 'at_establishment'"
        " AND NOT EXISTS (SELECT FROM establishment WHERE establishment.product_id = accrual_entry.product_id)"
        " GROUP BY 1 ORDER BY 2, 1 LIMIT :limit"
    )
    return list(await session.execute(statement, {"limit": _MOST_OPEN}))
