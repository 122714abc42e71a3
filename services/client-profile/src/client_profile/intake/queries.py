from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.intake.tables import ClientSource
from client_profile.table_base import Table


async def sources(session: AsyncSession, origin: str, external_ids: Collection[str]) -> dict[str, ClientSource]:
    statement = select(ClientSource).where(
        col(ClientSource.origin) == origin, col(ClientSource.external_id).in_(external_ids)
    )
    return {source.external_id: source for source in (await session.execute(statement)).scalars()}


async def insert_rows(session: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), rows)
