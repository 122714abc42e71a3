from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.investors.tables import Investor
from channel_commission.rates.rules import InvestorKind


async def keep(session: AsyncSession, client_id: UUID, kind: InvestorKind) -> bool:
    """Return whether this client was not known before."""
    values = {"client_id": client_id, "kind": kind}
    statement = insert(Investor).values(values).on_conflict_do_nothing().returning(col(Investor.client_id))
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def kinds(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, InvestorKind]:
    statement = select(Investor).where(col(Investor.client_id).in_(client_ids))
    return {one.client_id: one.kind for one in (await session.execute(statement)).scalars()}


async def channels_waiting(session: AsyncSession, client_id: UUID) -> list[UUID]:
    # Dealings are kept by a feature above this one; only whether some wait for this client matters here.
    statement = text(
        "SELECT DISTINCT channel_id FROM dealing WHERE client_id = :client AND refusal = 'investor_unknown'"
    )
    return list((await session.execute(statement, {"client": client_id})).scalars())
