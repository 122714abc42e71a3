import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.clocks.tables import ClockEntry


async def list_entries(session: AsyncSession, complaint_id: UUID) -> list[ClockEntry]:
    statement = select(ClockEntry).where(col(ClockEntry.complaint_id) == complaint_id)
    return list((await session.execute(statement.order_by(col(ClockEntry.event_version)))).scalars())


async def insert_entries(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Insert entries in one statement; imports bring thousands."""
    statement = (
        "INSERT INTO clock_entry SELECT * FROM jsonb_populate_recordset(NULL::clock_entry, CAST(:rows AS jsonb))"
    )
    await session.execute(text(statement), {"rows": json.dumps(rows, default=str)})
