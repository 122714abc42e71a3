from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.tables import Client
from client_profile.service_class.tables import ClassStanding
from shared import rows
from shared.rows import is_one_of

_COLUMNS = list(ClassStanding.model_fields)
_KEEP = rows.insert(
    "class_standing",
    _COLUMNS,
    then="ON CONFLICT (client_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "client_id"),
)


async def find_standings(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, ClassStanding]:
    found = await session.execute(
        select(ClassStanding)
        .where(is_one_of(col(ClassStanding.client_id), client_ids))
        .execution_options(populate_existing=True)
    )
    return {standing.client_id: standing for standing in found.scalars()}


async def keep(session: AsyncSession, standings: Sequence[Mapping[str, Any]]) -> None:
    """Write standings, new or changed, given as columns; their clients are locked."""
    if standings:
        await session.execute(_KEEP, rows.given(standings))


async def take_due(session: AsyncSession, today: date, limit: int) -> Sequence[Client]:
    """Lock the clients whose class time alone may change on `today`, skipping those another worker holds."""
    statement = (
        select(Client)
        .join(ClassStanding, col(ClassStanding.client_id) == col(Client.id))
        .where(col(ClassStanding.review_due_on) <= today, col(Client.merged_into).is_(None))
        .order_by(col(Client.id))
        .limit(limit)
        .with_for_update(of=Client, skip_locked=True)
    )
    return (await session.execute(statement)).scalars().all()
