from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Select, Uuid, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only
from sqlmodel import col

from interaction_log.interactions.tables import Interaction, InteractionVersion
from interaction_log.parties.rules import Contact
from shared.errors import NotFound

_COLUMNS = {
    "id": "uuid",
    "client_id": "uuid",
    "kind": "text",
    "direction": "text",
    "started_at": "timestamptz",
    "duration_seconds": "int",
    "is_reached": "boolean",
    "outcome": "text",
    "purpose": "text",
    "product_ids": "uuid[]",
    "summary": "text",
    "attributes": "jsonb",
    "staff_id": "uuid",
    "consent_basis": "text",
    "origin": "text",
    "external_id": "text",
    "recorded_at": "timestamptz",
    "recorded_by": "text",
}
_NAMES = ", ".join(_COLUMNS)
_TYPES = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
# In the order of the unique key, so that two calls with the same items wait for each other instead of deadlocking.
_INSERT = text(
    f"INSERT INTO interaction (version, event_key, {_NAMES})"
    f" SELECT 0, client_id, {_NAMES} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item ({_TYPES})"
    " ORDER BY external_id ON CONFLICT (origin, external_id) DO NOTHING RETURNING id"
)
_LATEST_REACHED = text(
    "SELECT client.id AS client_id, latest.id, latest.started_at FROM unnest(CAST(:ids AS uuid[])) AS client (id)"
    " LEFT JOIN LATERAL (SELECT id, started_at FROM interaction WHERE client_id = client.id AND is_reached"
    " ORDER BY started_at DESC, id DESC LIMIT 1) AS latest ON true"
)


async def insert(session: AsyncSession, rows: Collection[Mapping[str, Any]]) -> set[UUID]:
    """Returns the ids of the new ones; a row whose origin and external id are known already is left out."""
    if not rows:
        return set()
    return set((await session.execute(_INSERT, {"rows": to_json(list(rows)).decode()})).scalars())


async def heads(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Interaction]:
    """Interactions by id, with no more of each than the outbox needs."""
    if not ids:
        return {}
    statement = select(Interaction).where(col(Interaction.id) == any_(literal(list(ids), ARRAY(Uuid))))
    needed = load_only(Interaction.id, Interaction.version, Interaction.event_key)  # type: ignore[arg-type]
    return {one.id: one for one in (await session.execute(statement.options(needed))).scalars()}


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
    return select(Interaction).where(col(Interaction.client_id) == client_id, within)


def select_versions(interaction_id: UUID) -> Select[InteractionVersion]:
    return select(InteractionVersion).where(col(InteractionVersion.interaction_id) == interaction_id)
