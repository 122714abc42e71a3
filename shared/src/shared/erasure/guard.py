"""Keeps erased clients erased: nothing that comes late brings one back, and nobody reads what is left by accident.

Whoever writes about a client shares a lock with all others who do; an erasure takes it alone. So a writer either comes
before the erasure, which then deletes what was written, or sees that the client is erased.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, column, exists, not_, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery.handlers import Handler, Handlers
from shared.erasure.rules import ClientIsErased
from shared.http.callers import Column

_ERASED = table("erased_client", column("client_id", Uuid))
# 256 locks for all clients: many for one another, few enough for a batch to hold all of them.
_SLOT = "724031, get_byte(uuid_send(id), 15)"
_SHARE = text(
    f"SELECT pg_advisory_xact_lock_shared({_SLOT})"  # no value stands in it
    " FROM (SELECT DISTINCT ON (get_byte(uuid_send(id), 15)) id FROM unnest(CAST(:ids AS uuid[])) AS client (id)"
    " ORDER BY get_byte(uuid_send(id), 15)) AS client"
)
_HOLD = text(f"SELECT pg_advisory_xact_lock({_SLOT}) FROM (SELECT CAST(:id AS uuid) AS id) AS client")
# Named with its schema: a rebuild of projections sees nothing but its own tables, and must bring nobody back either.
_AMONG = text("SELECT client_id FROM public.erased_client WHERE client_id = ANY(:ids)")


async def hold(session: AsyncSession, client_id: UUID) -> None:
    """Wait until nobody writes about a client, and have later writers wait until this transaction ends."""
    await session.execute(_HOLD, {"id": client_id})


async def erased_among(session: AsyncSession, client_ids: Collection[UUID]) -> set[UUID]:
    """Return which of the clients are erased; none of the others will be before this transaction ends."""
    if not client_ids:
        return set()
    wanted = {"ids": list(client_ids)}
    await session.execute(_SHARE, wanted)
    return set((await session.execute(_AMONG, wanted)).scalars())


async def require_present(session: AsyncSession, client_id: UUID | None) -> None:
    """Refuse to read or write about an erased client; None stands for a record that is about no client.

    Raises:
        ClientIsErased: the client is erased.
    """
    if client_id is not None:
        await require_all_present(session, [client_id])


async def require_all_present(session: AsyncSession, client_ids: Collection[UUID]) -> None:
    """Refuse to write about clients of whom one is erased.

    Raises:
        ClientIsErased: one of them is erased.
    """
    if gone := await erased_among(session, client_ids):
        raise ClientIsErased("This client's personal data was erased.", client_id=str(min(gone)))


def is_present(client: Column) -> ColumnElement[bool]:
    """Return the SQL condition that a row is not about an erased client.

    Args:
        client: Column with the client a row is about; may be null.
    """
    return not_(exists().where(_ERASED.c.client_id == client))


def unless_erased(handlers: Handlers) -> Handlers:
    """Return `handlers` that pass over events about erased clients."""
    return {event: tuple(_guarded(handler) for handler in chain) for event, chain in handlers.items()}


def _guarded(handler: Handler) -> Handler:
    async def handle(session: AsyncSession, received: Any) -> None:
        run = received if handler.batch else [received]
        named = {one.id: getattr(one.event, "client_id", None) for one in run}
        gone = await erased_among(session, {client_id for client_id in named.values() if client_id})
        left = [one for one in run if named[one.id] not in gone]
        if left:
            await handler.function(session, left if handler.batch else received)

    return replace(handler, function=handle)
