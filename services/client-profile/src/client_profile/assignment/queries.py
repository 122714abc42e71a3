from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.rules import ClientStatus
from client_profile.clients.tables import Client

# A closed client keeps its last manager; there is nobody to look after any more.
_IS_OPEN = col(Client.status).not_in((ClientStatus.CLOSED, ClientStatus.MERGED, ClientStatus.ERASED))


async def count_held(session: AsyncSession, manager_id: UUID) -> int:
    statement = select(func.count()).where(col(Client.manager_id) == manager_id, _IS_OPEN)
    return (await session.execute(statement)).scalar_one()


async def lock_held(
    session: AsyncSession,
    manager_id: UUID,
    *,
    reach: ColumnElement[bool] | None = None,
    among: Collection[UUID] | None = None,
) -> list[Client]:
    """Lock clients of a manager in the order of their ids: those within `reach` and `among` these, if given."""
    statement = select(Client).where(col(Client.manager_id) == manager_id, _IS_OPEN)
    if reach is not None:
        statement = statement.where(reach)
    if among is not None:
        statement = statement.where(col(Client.id).in_(among))
    return list((await session.execute(statement.order_by(col(Client.id)).with_for_update())).scalars())
