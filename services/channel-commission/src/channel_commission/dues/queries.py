from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def is_closed(session: AsyncSession, period: str) -> bool:
    statement = text("SELECT EXISTS (SELECT FROM period WHERE period = :period AND status = 'closed')")
    return bool((await session.execute(statement, {"period": period})).scalar_one())


async def sales(session: AsyncSession, channel_id: UUID, period: str) -> list[Row[Any]]:
    """Return the sales confirmed in a month by whether they were reversed and why they earn nothing."""
    statement = text(
        "SELECT reversed_by IS NOT NULL AS is_reversed, refusal, count(*) AS n FROM dealing"
        " WHERE channel_id = :channel AND kind = 'subscription' AND event_id IS NOT NULL"
        " AND to_char(confirmed_on, 'YYYY-MM') = :period GROUP BY 1, 2"
    )
    return list(await session.execute(statement, {"channel": channel_id, "period": period}))


async def entries(session: AsyncSession, channel_id: UUID, period: str) -> list[Row[Any]]:
    """Return what is booked into a month or earned in it, by run and by what it is of."""
    statement = text(
        "SELECT run, booked_period = :period AS is_booked, CASE WHEN component = 'disputed'"
        "  AND kind NOT IN ('hold', 'release') THEN 'upfront' ELSE component END AS component,"
        " sum(amount_fen)::bigint AS fen FROM accrual_entry"
        " WHERE channel_id = :channel AND (booked_period = :period OR earned_period = :period) GROUP BY 1, 2, 3"
    )
    return list(await session.execute(statement, {"channel": channel_id, "period": period}))


async def statements(session: AsyncSession, channel_id: UUID, period: str) -> list[Row[Any]]:
    """Return the statements that take the entries of a month, void ones aside."""
    statement = text(
        "SELECT id, run, closing_fen, held_fen FROM statement WHERE channel_id = :channel"
        " AND CAST(:period AS char(7)) = ANY(months) AND status <> 'void' ORDER BY id"
    )
    return list(await session.execute(statement, {"channel": channel_id, "period": period}))
