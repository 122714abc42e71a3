from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def known_at(session: AsyncSession, period: str, at: datetime) -> list[Row[Any]]:
    """Return per channel, bearer and plan what was earned and what was booked in a month, as written by `at`."""
    statement = text(
        "SELECT channel_id, bearer, CASE WHEN bearer = 'trust_plan' THEN product_id END AS product_id,"
        " coalesce(sum(amount_fen) FILTER (WHERE earned_period = :period), 0)::bigint AS earned_fen,"
        " coalesce(sum(amount_fen) FILTER (WHERE booked_period = :period), 0)::bigint AS booked_fen,"
        " count(*) AS entries FROM accrual_entry"
        " WHERE known_at <= :at AND (earned_period = :period OR booked_period = :period)"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return list(await session.execute(statement, {"period": period, "at": at}))


async def database_time(session: AsyncSession) -> datetime:
    found: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return found
