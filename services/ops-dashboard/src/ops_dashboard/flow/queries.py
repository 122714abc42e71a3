from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ops_dashboard.flow.tables import ConsumerLag, MinuteCount


async def count(session: AsyncSession, minute: datetime, counts: Iterable[tuple[str, int]]) -> None:
    rows = [{"minute": minute, "type": type_, "count": number} for type_, number in sorted(counts)]
    new = insert(MinuteCount).values(rows)
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["minute", "type"], set_={"count": col(MinuteCount.count) + new.excluded["count"]}
        )
    )


async def per_type(session: AsyncSession, since: datetime) -> list[tuple[str, int, int]]:
    """Return per type the events since `since` and in all."""
    recent = func.sum(col(MinuteCount.count)).filter(col(MinuteCount.minute) >= since)
    statement = select(col(MinuteCount.type), func.coalesce(recent, 0), func.sum(col(MinuteCount.count)))
    rows = await session.execute(statement.group_by(col(MinuteCount.type)))
    return [(type_, int(recent), int(whole)) for type_, recent, whole in rows]


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
