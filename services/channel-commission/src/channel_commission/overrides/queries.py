from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def sales_among(session: AsyncSession, dealing_ids: Collection[UUID]) -> list[UUID]:
    """Return the sales with an override that are among dealings, or that some of these redeem."""
    statement = text(
        "SELECT DISTINCT sale.id FROM dealing JOIN dealing AS sale"
        " ON sale.id = coalesce(dealing.subscription_id, dealing.id) AND sale.override_rule_id IS NOT NULL"
        " WHERE dealing.id = ANY(:ids) ORDER BY sale.id"
    )
    return list((await session.execute(statement, {"ids": list(dealing_ids)})).scalars())


async def booked(session: AsyncSession, dealing_ids: Collection[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Return what is booked for each dealing, in fen: of upfront fees, and of overrides."""
    statement = text(
        "SELECT dealing_id, component, sum(amount_fen)::bigint AS fen FROM accrual_entry"
        " WHERE dealing_id = ANY(:ids) AND component IN ('upfront', 'override') GROUP BY 1, 2"
    )
    fees, overrides = dict[UUID, int](), dict[UUID, int]()
    for row in await session.execute(statement, {"ids": list(dealing_ids)}):
        (fees if row.component == "upfront" else overrides)[row.dealing_id] = row.fen
    return fees, overrides
