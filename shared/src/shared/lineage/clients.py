"""Which client stands for a merged one. Rows keep the id they came with; who reads them asks here.

So nothing needs to be moved when a merger is told, late events of a merged client need no care, and undoing is one
changed row. A surviving client is never merged itself, hence one step leads to it. The row of an undone merger stays:
a late copy of the merger has a lower step and changes nothing.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, column, func, or_, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.lineage import ClientMerged, ClientUnmerged
from shared.http.callers import Column
from shared.lineage.rules import ClientIsMerged

_LINEAGE = table("client_lineage", column("client_id", Uuid), column("merged_into", Uuid))
_KEEP = text(
    "INSERT INTO client_lineage (client_id, merged_into, step) VALUES (:client_id, :merged_into, :step)"
    " ON CONFLICT (client_id) DO UPDATE SET merged_into = excluded.merged_into, step = excluded.step"
    " WHERE client_lineage.step < excluded.step"
)
#: Statement of a table of records (`shared.erasure.records`): an erased client has no lineage.
FORGET = text("DELETE FROM client_lineage WHERE :client_id IN (client_id, merged_into)")


async def keep(session: AsyncSession, received: Received[ClientMerged | ClientUnmerged]) -> None:
    """Keep whether a client is merged, and into which; what was done last holds, in whatever order it is told."""
    event = received.event
    into = event.surviving_client_id if isinstance(event, ClientMerged) else None
    await session.execute(_KEEP, {"client_id": event.merged_client_id, "merged_into": into, "step": event.step})


HANDLERS: Handlers = {ClientMerged: projection(keep), ClientUnmerged: projection(keep)}


async def survivors(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return, of the clients that are merged, the one that stands for each."""
    statement = select(_LINEAGE.c.client_id, _LINEAGE.c.merged_into).where(
        _LINEAGE.c.client_id.in_(client_ids), _LINEAGE.c.merged_into.is_not(None)
    )
    return {merged: into for merged, into in await session.execute(statement)}


async def survivor(session: AsyncSession, client_id: UUID) -> UUID:
    """Return the client that stands for `client_id`: itself unless it is merged."""
    return (await survivors(session, [client_id])).get(client_id, client_id)


async def merged(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the clients merged into any of `client_ids`, each with the one that stands for it."""
    statement = select(_LINEAGE.c.client_id, _LINEAGE.c.merged_into).where(_LINEAGE.c.merged_into.in_(client_ids))
    return {one: into for one, into in await session.execute(statement)}


async def require_itself(session: AsyncSession, client_id: UUID) -> None:
    """Refuse to go on with a client that is merged; call it after the access check.

    Raises:
        ClientIsMerged: another client stands for it.
    """
    if (into := await survivor(session, client_id)) != client_id:
        raise ClientIsMerged("This client was merged into another one.", merged=str(client_id), into=str(into))


def is_merged_into(client: Column, reached: Any) -> ColumnElement[bool]:
    """Return the SQL condition that a row is about a client merged into one of `reached`.

    Args:
        client: Column with the client a row is about.
        reached: Select of ids, or one id in a list.
    """
    return client.in_(select(_LINEAGE.c.client_id).where(_LINEAGE.c.merged_into.in_(reached)))


def is_merged(client: Column) -> ColumnElement[bool]:
    """Return the SQL condition that another client stands for the one of a row.

    Args:
        client: Column with the client a row is about; never null.
    """
    return client.in_(select(_LINEAGE.c.client_id).where(_LINEAGE.c.merged_into.is_not(None)))


def is_about(client: Column, client_id: UUID) -> ColumnElement[bool]:
    """Return the SQL condition that a row is about a client: under its own id, or that of one merged with it.

    Args:
        client: Column with the client a row is about.
        client_id: The client; if it is merged, the one that stands for it is meant.
    """
    into = select(_LINEAGE.c.merged_into).where(_LINEAGE.c.client_id == client_id).scalar_subquery()
    survivor_id = func.coalesce(into, client_id)
    return or_(client == survivor_id, is_merged_into(client, [survivor_id]))
