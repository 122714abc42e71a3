from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ops_dashboard.flow.tables import ConsumerLag, EventTotal, MinuteCount


async def count(session: AsyncSession, counts: Mapping[str, int]) -> None:
    totals = [{"type": type_, "count": number} for type_, number in sorted(counts.items())]
    minute = func.date_trunc("minute", func.clock_timestamp())
    await _add(session, EventTotal, totals)
    await _add(session, MinuteCount, [{"minute": minute, **total} for total in totals])


async def _add(
    session: AsyncSession, table: type[EventTotal] | type[MinuteCount], rows: Sequence[Mapping[str, Any]]
) -> None:
    new = insert(table).values(rows)
    added = {"count": col(table.count) + new.excluded["count"]}
    await session.execute(new.on_conflict_do_update(index_elements=[*rows[0].keys() - {"count"}], set_=added))


async def per_type(session: AsyncSession, since: datetime) -> list[tuple[str, int, int]]:
    """Return per type the events since `since` and in all."""
    recent = (
        select(col(MinuteCount.type), func.sum(col(MinuteCount.count)).label("events"))
        .where(col(MinuteCount.minute) >= since)
        .group_by(col(MinuteCount.type))
        .subquery()
    )
    statement = select(col(EventTotal.type), func.coalesce(recent.c.events, 0), col(EventTotal.count)).outerjoin(
        recent, recent.c.type == col(EventTotal.type)
    )
    return [(type_, int(events), whole) for type_, events, whole in await session.execute(statement)]


async def forget_before(session: AsyncSession, minute: datetime, limit: int) -> int:
    key = tuple_(col(MinuteCount.minute), col(MinuteCount.type))
    old = select(col(MinuteCount.minute), col(MinuteCount.type)).where(col(MinuteCount.minute) < minute).limit(limit)
    gone = await session.execute(delete(MinuteCount).where(key.in_(old)).returning(col(MinuteCount.type)))
    return len(gone.all())


async def per_minute(session: AsyncSession, since: datetime) -> list[tuple[datetime, int]]:
    statement = select(col(MinuteCount.minute), func.sum(col(MinuteCount.count))).where(
        col(MinuteCount.minute) >= since
    )
    rows = await session.execute(statement.group_by(col(MinuteCount.minute)).order_by(col(MinuteCount.minute)))
    return [(minute, int(events)) for minute, events in rows]


async def keep_lag(session: AsyncSession, lag: dict[tuple[str, str], int], now: datetime) -> None:
    rows = [
        {"service": service, "topic": topic, "waiting": waiting, "looked_at": now}
        for (service, topic), waiting in sorted(lag.items())
    ]
    if rows:
        new = insert(ConsumerLag).values(rows)
        changed = {"waiting": new.excluded.waiting, "looked_at": new.excluded.looked_at}
        await session.execute(new.on_conflict_do_update(index_elements=["service", "topic"], set_=changed))


async def waiting(session: AsyncSession, since: datetime) -> dict[str, int]:
    statement = select(col(ConsumerLag.service), func.sum(col(ConsumerLag.waiting))).where(
        col(ConsumerLag.looked_at) >= since
    )
    return {
        service: int(total) for service, total in await session.execute(statement.group_by(col(ConsumerLag.service)))
    }
