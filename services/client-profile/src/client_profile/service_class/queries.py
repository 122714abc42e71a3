from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Uuid, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.tables import Client
from client_profile.service_class.tables import ClassStanding

_COLUMNS = {
    "client_id": "uuid",
    "computed_class": "text",
    "aum_fen": "bigint",
    "reviews_missed": "int",
    "as_of": "date",
    "rule_version": "text",
    "review_due_on": "date",
    "override_class": "text",
    "override_reason": "text",
    "override_by": "uuid",
    "override_until": "date",
}
_KEEP = text(
    f"INSERT INTO class_standing ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)}"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS kept"
    f" ({', '.join(f'{name} {kind}' for name, kind in _COLUMNS.items())})"
    " ON CONFLICT (client_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "client_id")
)


async def find_standings(session: AsyncSession, client_ids: Collection[UUID]) -> dict[UUID, ClassStanding]:
    found = await session.execute(
        select(ClassStanding)
        .where(col(ClassStanding.client_id) == any_(literal(list(client_ids), ARRAY(Uuid))))
        .execution_options(populate_existing=True)
    )
    return {standing.client_id: standing for standing in found.scalars()}


async def keep(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write standings, new or changed, given as columns; their clients are locked."""
    if rows:
        await session.execute(_KEEP, {"rows": to_json(rows).decode()})


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
