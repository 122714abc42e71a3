from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.tables import Client
from client_profile.service_class.tables import ClassStanding


async def find_standings(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, ClassStanding]:
    found = await session.execute(
        select(ClassStanding)
        .where(col(ClassStanding.client_id).in_(client_ids))
        .execution_options(populate_existing=True)
    )
    return {standing.client_id: standing for standing in found.scalars()}


async def keep(session: AsyncSession, standings: Sequence[ClassStanding]) -> None:
    """Write standings, new or changed; their clients are locked."""
    if not standings:
        return
    given = insert(ClassStanding).values([standing.model_dump() for standing in standings])
    changes = {name: given.excluded[name] for name in ClassStanding.model_fields if name != "client_id"}
    await session.execute(given.on_conflict_do_update(index_elements=["client_id"], set_=changes))


async def take_due(session: AsyncSession, today: date, limit: int) -> Sequence[Client]:
    """Lock the clients whose class time alone may change on `today`, skipping those another worker holds."""
    statement = (
        select(Client)
        .join(ClassStanding, col(ClassStanding.client_id) == col(Client.id))
        .where(col(ClassStanding.review_due_on) <= today)
        .order_by(col(Client.id))
        .limit(limit)
        .with_for_update(of=Client, skip_locked=True)
    )
    return (await session.execute(statement)).scalars().all()
