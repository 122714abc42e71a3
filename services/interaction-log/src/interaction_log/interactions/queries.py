from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.interactions.tables import Interaction, InteractionVersion
from interaction_log.parties.rules import Contact
from shared import rows
from shared.errors import NotFound
from shared.lineage.clients import is_about

# In the order of the unique key, so that two calls with the same items wait for each other instead of deadlocking.
_INSERT = rows.insert(
    "interaction",
    list(Interaction.model_fields),
    then="ORDER BY external_id ON CONFLICT (origin, external_id) DO NOTHING RETURNING id",
)
_LATEST_REACHED = text(
    "SELECT client.id AS client_id, latest.id, latest.started_at FROM unnest(CAST(:ids AS uuid[])) AS client (id)"
    " LEFT JOIN LATERAL (SELECT id, started_at FROM interaction WHERE client_id = client.id AND is_reached"
    " ORDER BY started_at DESC, id DESC LIMIT 1) AS latest ON true"
)


async def insert(session: AsyncSession, interactions: Collection[Mapping[str, Any]]) -> set[UUID]:
    """Returns the ids of the new ones; a row whose origin and external id are known already is left out."""
    if not interactions:
        return set()
    return set((await session.execute(_INSERT, rows.given(interactions))).scalars())


async def get(
    session: AsyncSession, interaction_id: UUID, *, within: ColumnElement[bool], for_update: bool = False
) -> Interaction:
    statement = select(Interaction).where(col(Interaction.id) == interaction_id, within)
    if for_update:
        statement = statement.with_for_update()
    found = await session.execute(statement, execution_options={"populate_existing": True})
    interaction = found.scalar_one_or_none()
    if interaction is None:
        raise NotFound("No interaction within your reach has this id.")
    return interaction


async def exists(session: AsyncSession, interaction_id: UUID, *, within: ColumnElement[bool]) -> bool:
    statement = select(col(Interaction.id)).where(col(Interaction.id) == interaction_id, within)
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def list_by_external_id(
    session: AsyncSession, origin: str, external_ids: Collection[str], *, for_update: bool = False
) -> dict[str | None, Interaction]:
    statement = select(Interaction).where(
        col(Interaction.origin) == origin,
        col(Interaction.external_id) == any_(literal(list(external_ids), ARRAY(TEXT))),
    )
    if for_update:
        statement = statement.order_by(col(Interaction.id)).with_for_update()
    found = (await session.execute(statement)).scalars()
    return {interaction.external_id: interaction for interaction in found}


async def latest_reached(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, Contact | None]:
    rows = await session.execute(_LATEST_REACHED, {"ids": list(client_ids)})
    return {row.client_id: Contact(row.id, row.started_at) if row.id else None for row in rows}


def select_with_client(client_id: UUID, *, within: ColumnElement[bool]) -> Select[Interaction]:
    return select(Interaction).where(is_about(col(Interaction.client_id), client_id), within)


def select_versions(interaction_id: UUID) -> Select[InteractionVersion]:
    return select(InteractionVersion).where(col(InteractionVersion.interaction_id) == interaction_id)
