from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Select, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interaction_log.parties.rules import Contact
from interaction_log.parties.tables import ClientStub, StaffStub
from shared.rows import is_one_of

# The rows are locked, in the order of their ids, also where WHERE leaves them as they are.
_HEAR_OF = text(
    "INSERT INTO client_stub"
    " (id, heard_at, is_active, status_version, assigned_version, classified_version, is_unplanned)"
    " SELECT id, min(heard_at), false, 0, 0, 0, false"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:instants AS timestamptz[])) AS heard (id, heard_at)"
    " GROUP BY id ORDER BY id"
    " ON CONFLICT (id) DO UPDATE SET heard_at = excluded.heard_at WHERE client_stub.heard_at > excluded.heard_at"
)
_REGISTER = text(
    "UPDATE client_stub SET registered_at = told.at"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (client_id uuid, at timestamptz)"
    " WHERE client_stub.id = told.client_id"
)
# What was told last holds, whatever the order of arrival: an older version changes nothing.
_SET_STATUS = text(
    "UPDATE client_stub SET is_active = told.is_active, status_version = told.version, is_unplanned = true"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (client_id uuid, is_active boolean, version bigint)"
    " WHERE client_stub.id = told.client_id AND client_stub.status_version <= told.version"
)
_KEEP_ACTIVATION = text(
    "UPDATE client_stub SET activated_at = least(activated_at, told.first_at), is_unplanned = true"
    " FROM (SELECT client_id, min(at) AS first_at"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS heard (client_id uuid, at timestamptz)"
    " GROUP BY client_id) AS told"
    " WHERE client_stub.id = told.client_id"
)
_ASSIGN = text(
    "UPDATE client_stub SET manager_id = told.manager_id, unit_id = told.unit_id, assigned_version = told.version,"
    " is_unplanned = true FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS told (client_id uuid, manager_id uuid, unit_id uuid, version bigint)"
    " WHERE client_stub.id = told.client_id AND client_stub.assigned_version <= told.version"
)
_CLASSIFY = text(
    "UPDATE client_stub SET service_class = told.service_class, classified_version = told.version, is_unplanned = true"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (client_id uuid, service_class text, version bigint)"
    " WHERE client_stub.id = told.client_id AND client_stub.classified_version <= told.version"
)
_CLOSE_COMPLAINT = text(
    "UPDATE client_stub SET complaint_closed_on = :closed_on, complaint_closed_event_id = :event_id,"
    " is_unplanned = true"
    " WHERE id = :client_id AND (complaint_closed_on IS NULL"
    " OR (complaint_closed_on, complaint_closed_event_id) < (CAST(:closed_on AS date), CAST(:event_id AS uuid)))"
)
_KEEP_LAST_CONTACTS = text(
    "UPDATE client_stub SET last_interaction_id = latest.interaction_id, last_reached_at = latest.reached_at,"
    " is_unplanned = is_unplanned OR :are_unplanned"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:interactions AS uuid[]), CAST(:instants AS timestamptz[]))"
    " AS latest (client_id, interaction_id, reached_at)"
    " WHERE client_stub.id = latest.client_id AND (client_stub.last_interaction_id, client_stub.last_reached_at)"
    " IS DISTINCT FROM (latest.interaction_id, latest.reached_at)"
)
_PLACE = text(
    "INSERT INTO staff_stub (id, unit_id, unit_path, roles, placed_version)"
    " VALUES (:staff_id, :unit_id, :unit_path, :roles, :version)"
    " ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id, unit_path = excluded.unit_path,"
    " roles = excluded.roles, placed_version = excluded.placed_version"
    " WHERE staff_stub.placed_version <= excluded.placed_version"
)
_LEAVE = text(
    "INSERT INTO staff_stub (id, unit_path, roles, placed_version, left_at) VALUES (:staff_id, '{}', '{}', 0, :at)"
    " ON CONFLICT (id) DO UPDATE SET left_at = excluded.left_at"
)
_LOCK = text("SELECT FROM client_stub WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
_LOCK_PLANNED = text(
    "SELECT id FROM client_stub WHERE id = ANY(:ids) AND NOT is_unplanned ORDER BY id FOR UPDATE SKIP LOCKED"
)
_TAKE_UNPLANNED = text(
    "UPDATE client_stub SET is_unplanned = false WHERE id IN"
    " (SELECT id FROM client_stub WHERE is_unplanned ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id"
)
_UNPLAN = text(
    "UPDATE client_stub SET is_unplanned = true WHERE id IN"
    " (SELECT id FROM client_stub WHERE id = ANY(:ids) ORDER BY id FOR UPDATE)"
)
# A unit's place never changes, so that of anybody in it or below it tells.
_UNIT_PATHS = text(
    "SELECT DISTINCT ON (unit.id) unit.id, staff.unit_path[array_position(staff.unit_path, unit.id):] AS path"
    " FROM unnest(CAST(:ids AS uuid[])) AS unit (id) JOIN staff_stub AS staff ON unit.id = ANY(staff.unit_path)"
    " ORDER BY unit.id, staff.id"
)

Rows = Sequence[Mapping[str, Any]]


async def hear_of(session: AsyncSession, rows: Rows) -> None:
    """Keep a stub per `{"client_id", "at"}`; the earliest hearing counts."""
    ids, instants = [row["client_id"] for row in rows], [row["at"] for row in rows]
    await session.execute(_HEAR_OF, {"ids": ids, "instants": instants})


async def register(session: AsyncSession, rows: Rows) -> None:
    await _keep(session, _REGISTER, rows)


async def set_status(session: AsyncSession, rows: Rows) -> None:
    """One row per client, as in the next two."""
    await _keep(session, _SET_STATUS, rows)


async def assign(session: AsyncSession, rows: Rows) -> None:
    await _keep(session, _ASSIGN, rows)


async def classify(session: AsyncSession, rows: Rows) -> None:
    await _keep(session, _CLASSIFY, rows)


async def keep_activations(session: AsyncSession, rows: Rows) -> None:
    await _keep(session, _KEEP_ACTIVATION, rows)


async def _keep(session: AsyncSession, statement: TextClause, rows: Rows) -> None:
    if rows:
        await session.execute(statement, {"rows": to_json(rows).decode()})


async def keep_closed_complaints(session: AsyncSession, rows: Rows) -> None:
    await session.execute(_CLOSE_COMPLAINT, rows)


async def keep_last_contacts(
    session: AsyncSession, latest: Mapping[UUID, Contact | None], *, are_unplanned: bool
) -> None:
    interactions = [contact.interaction_id if contact else None for contact in latest.values()]
    instants = [contact.reached_at if contact else None for contact in latest.values()]
    values = {"ids": list(latest), "interactions": interactions, "instants": instants, "are_unplanned": are_unplanned}
    await session.execute(_KEEP_LAST_CONTACTS, values)


async def place(session: AsyncSession, row: Mapping[str, Any]) -> None:
    await session.execute(_PLACE, row)


async def leave(session: AsyncSession, staff_id: UUID, at: datetime) -> None:
    await session.execute(_LEAVE, {"staff_id": staff_id, "at": at})


async def lock(session: AsyncSession, client_ids: Collection[UUID]) -> None:
    await session.execute(_LOCK, {"ids": list(client_ids)})


async def lock_planned(session: AsyncSession, client_ids: Collection[UUID]) -> list[UUID]:
    return list((await session.execute(_LOCK_PLANNED, {"ids": list(client_ids)})).scalars())


async def take_unplanned(session: AsyncSession, limit: int) -> list[UUID]:
    return list((await session.execute(_TAKE_UNPLANNED, {"limit": limit})).scalars())


async def mark_unplanned(session: AsyncSession, client_ids: Collection[UUID]) -> None:
    await session.execute(_UNPLAN, {"ids": list(client_ids)})


async def list_clients(session: AsyncSession, client_ids: Collection[UUID]) -> list[ClientStub]:
    statement = select(ClientStub).where(is_one_of(col(ClientStub.id), client_ids)).order_by(col(ClientStub.id))
    return list((await session.execute(statement, execution_options={"populate_existing": True})).scalars())


async def latest_contacts(session: AsyncSession, merged: Mapping[UUID, UUID]) -> dict[UUID, Contact]:
    """Return per surviving client the last contact that reached one of those merged into it, given with it."""
    latest: dict[UUID, Contact] = {}
    for client in await list_clients(session, merged):
        if client.last_reached_at is None or client.last_interaction_id is None:
            continue
        before = latest.get(merged[client.id])
        if before is None or before.reached_at < client.last_reached_at:
            latest[merged[client.id]] = Contact(client.last_interaction_id, client.last_reached_at)
    return latest


async def find_staff(session: AsyncSession, staff_id: UUID) -> StaffStub | None:
    return await session.get(StaffStub, staff_id)


async def list_who_left(session: AsyncSession, staff_ids: Collection[UUID]) -> set[UUID]:
    statement = select(col(StaffStub.id)).where(
        is_one_of(col(StaffStub.id), staff_ids), col(StaffStub.left_at).is_not(None)
    )
    return set((await session.execute(statement)).scalars())


async def list_at_work(session: AsyncSession, role: str) -> list[StaffStub]:
    statement = select(StaffStub).where(col(StaffStub.left_at).is_(None), col(StaffStub.roles).contains([role]))
    return list((await session.execute(statement.order_by(col(StaffStub.id)))).scalars())


async def unit_paths(session: AsyncSession, unit_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    rows = await session.execute(_UNIT_PATHS, {"ids": list(unit_ids)})
    return {row.id: list(row.path) for row in rows}


def select_unconfirmed(before: datetime) -> Select[ClientStub]:
    return select(ClientStub).where(col(ClientStub.registered_at).is_(None), col(ClientStub.heard_at) < before)
