from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.client_rights.rules import Occurrence
from complaints.client_rights.tables import RightsEvent

_ERASED = text("SELECT count(*) FROM erased_client WHERE erased_on BETWEEN :first AND :last")


async def keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what was told; what was kept before is not counted again."""
    await session.execute(insert(RightsEvent).on_conflict_do_nothing(), rows)


async def heard_of(session: AsyncSession, first: date, last: date) -> dict[Occurrence, tuple[int, date]]:
    """Return how often each kind happened in a period, and the first day of which any was told."""
    kind, happened_on = col(RightsEvent.kind), col(RightsEvent.happened_on)
    inside = func.count().filter(happened_on.between(first, last))
    statement = select(kind, inside, func.min(happened_on)).group_by(kind)
    return {one: (number, since) for one, number, since in await session.execute(statement)}


async def count_erased(session: AsyncSession, first: date, last: date) -> int:
    return int((await session.execute(_ERASED, {"first": first, "last": last})).scalar_one())
