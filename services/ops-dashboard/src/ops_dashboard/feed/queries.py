from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ops_dashboard.feed.tables import FeedCounter, FeedEntry


def select_entries(type_: str | None) -> Select[FeedEntry]:
    statement = select(FeedEntry)
    return statement if type_ is None else statement.where(col(FeedEntry.type) == type_)


async def entries_after(session: AsyncSession, seq: int, limit: int) -> Sequence[FeedEntry]:
    statement = select(FeedEntry).where(col(FeedEntry.seq) > seq).order_by(col(FeedEntry.seq)).limit(limit)
    return (await session.execute(statement)).scalars().all()


async def bounds(session: AsyncSession) -> tuple[int, int]:
    """Return the oldest number kept and the newest ever given."""
    newest = (await session.execute(select(col(FeedCounter.last)))).scalar_one()
    oldest = (await session.execute(select(func.min(col(FeedEntry.seq))))).scalar_one()
    return (newest + 1 if oldest is None else oldest), newest


async def lock_counter(session: AsyncSession) -> None:
    await session.execute(select(col(FeedCounter.last)).with_for_update())


async def append(session: AsyncSession, entries: list[dict[str, Any]]) -> None:
    """Number and insert `entries`; takes the counter's lock, which is held until the transaction ends."""
    taken = update(FeedCounter).values(last=col(FeedCounter.last) + len(entries)).returning(col(FeedCounter.last))
    last = (await session.execute(taken)).scalar_one()
    numbered = [entry | {"seq": last - len(entries) + 1 + place} for place, entry in enumerate(entries)]
    await session.execute(insert(FeedEntry), numbered)


async def forget_before(session: AsyncSession, moment: datetime, limit: int) -> int:
    old = (
        select(col(FeedEntry.seq)).where(col(FeedEntry.received_at) < moment).order_by(col(FeedEntry.seq)).limit(limit)
    )
    gone = await session.execute(delete(FeedEntry).where(col(FeedEntry.seq).in_(old)).returning(col(FeedEntry.seq)))
    return len(gone.all())
