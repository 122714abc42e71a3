from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.intake.tables import ClientSource
from client_profile.table_base import Table

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('client_source ' || :origin, 0))")


async def lock_origin(session: AsyncSession, origin: str) -> None:
    """Let one call of an origin at a time pass, so that the same item is never taken in twice."""
    await session.execute(_LOCK, {"origin": origin})


async def sources(session: AsyncSession, origin: str, external_ids: Collection[str]) -> dict[str, ClientSource]:
    statement = select(ClientSource).where(
        col(ClientSource.origin) == origin, col(ClientSource.external_id).in_(external_ids)
    )
    return {source.external_id: source for source in (await session.execute(statement)).scalars()}


async def insert_rows(session: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), rows)
