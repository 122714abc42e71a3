from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# What was told last holds, whatever the order of arrival.
_KEEP_CONTACT = text(
    "INSERT INTO contact AS known (interaction_id, client_id, began_on, is_reached, told_version)"
    " VALUES (:interaction_id, :client_id, :began_on, :is_reached, :version)"
    " ON CONFLICT (interaction_id) DO UPDATE SET client_id = excluded.client_id, began_on = excluded.began_on,"
    " is_reached = excluded.is_reached, told_version = excluded.told_version"
    " WHERE known.told_version <= excluded.told_version"
)
_CLIENTS_OF_CONTACTS = text("SELECT client_id FROM contact WHERE interaction_id = ANY(:ids)")
# A reversal that comes before its dealing is kept and the dealing arrives reversed.
_KEEP_FLOW = text(
    "INSERT INTO flow AS known (dealing_id, client_id, confirmed_on, amount, is_reversed)"
    " VALUES (:dealing_id, :client_id, :confirmed_on, :amount, :is_reversed)"
    " ON CONFLICT (dealing_id) DO UPDATE SET is_reversed = known.is_reversed OR excluded.is_reversed"
)
_KEEP_MANAGER_CHANGE = text(
    "INSERT INTO manager_change (client_id, changed_at) VALUES (:client_id, :at) ON CONFLICT DO NOTHING"
)
_MARK = text(
    "INSERT INTO changed_client (client_id, cause)"
    " SELECT client_id, CAST(:cause AS jsonb) FROM unnest(CAST(:ids AS uuid[])) AS changed (client_id)"
)
# The oldest notes say which clients come next; all their notes go at once, however many events touched them.
_TAKE = text(
    "WITH oldest AS (SELECT client_id FROM changed_client ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " DELETE FROM changed_client WHERE id IN (SELECT id FROM changed_client"
    " WHERE client_id IN (SELECT client_id FROM oldest) FOR UPDATE SKIP LOCKED)"
    " RETURNING id, client_id, cause"
)
_REACHED = text(
    "SELECT client_id, max(began_on) FILTER (WHERE began_on < :since) AS last_before,"
    " array_agg(DISTINCT began_on) FILTER (WHERE began_on >= :since) AS later"
    " FROM contact WHERE is_reached AND client_id = ANY(:ids) GROUP BY client_id"
)
_FLOWS = text(
    "SELECT client_id, greatest(confirmed_on, :since) AS day, sum(amount) AS amount, min(confirmed_on) AS first_on"
    " FROM flow WHERE NOT is_reversed AND client_id = ANY(:ids) GROUP BY client_id, greatest(confirmed_on, :since)"
)
_MANAGER_CHANGES = text(
    "SELECT client_id, changed_at FROM manager_change WHERE client_id = ANY(:ids) AND changed_at >= :since"
)

Rows = Sequence[dict[str, Any]]


async def keep_contacts(session: AsyncSession, rows: Rows) -> set[UUID]:
    """Keep contacts; return the clients they concern now and concerned before."""
    ids = [row["interaction_id"] for row in rows]
    before = set((await session.execute(_CLIENTS_OF_CONTACTS, {"ids": ids})).scalars())
    await session.execute(_KEEP_CONTACT, rows)
    return before | {row["client_id"] for row in rows}


async def keep_flows(session: AsyncSession, rows: Rows) -> None:
    await session.execute(_KEEP_FLOW, rows)


async def keep_manager_changes(session: AsyncSession, rows: Rows) -> None:
    if rows:
        await session.execute(_KEEP_MANAGER_CHANGE, rows)


async def mark(session: AsyncSession, client_ids: Collection[UUID], cause: str) -> None:
    await session.execute(_MARK, {"ids": list(client_ids), "cause": cause})


async def take_marked(session: AsyncSession, limit: int) -> list[tuple[UUID, dict[str, Any]]]:
    """Remove the marks of up to `limit` clients and return client and cause of each, oldest first."""
    taken = (await session.execute(_TAKE, {"limit": limit})).all()
    return [(row.client_id, row.cause) for row in sorted(taken, key=lambda row: row.id)]


async def reached_days(session: AsyncSession, client_ids: Sequence[UUID], since: date) -> dict[UUID, tuple[date, ...]]:
    found = await session.execute(_REACHED, {"ids": client_ids, "since": since})
    return {row.client_id: tuple(day for day in (row.last_before, *(row.later or ())) if day) for row in found}


async def flows(
    session: AsyncSession, client_ids: Sequence[UUID], since: date
) -> tuple[dict[UUID, list[tuple[date, int]]], dict[UUID, date]]:
    """Return each client's flows by day, those up to `since` summed at that day, and the day of its first dealing."""
    by_client: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    first: dict[UUID, date] = {}
    for row in await session.execute(_FLOWS, {"ids": client_ids, "since": since}):
        by_client[row.client_id].append((row.day, int(row.amount)))
        first[row.client_id] = min(row.first_on, first.get(row.client_id, row.first_on))
    return by_client, first


async def manager_changes(
    session: AsyncSession, client_ids: Sequence[UUID], since: datetime
) -> dict[UUID, list[datetime]]:
    by_client: dict[UUID, list[datetime]] = defaultdict(list)
    for row in await session.execute(_MANAGER_CHANGES, {"ids": client_ids, "since": since}):
        by_client[row.client_id].append(row.changed_at)
    return by_client
