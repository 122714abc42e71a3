import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.feed import queries, rules
from ops_dashboard.feed.schemas import FeedEntryRead
from shared.database import Database


async def begin(session: AsyncSession, last_seen: int | None) -> int | None:
    """Return the number after which a stream begins; None if the browser must reload its picture first."""
    oldest, newest = await queries.bounds(session)
    return rules.starts_at(last_seen, oldest, newest)


async def stream(database: Database, after: int | None, is_stopping: Callable[[], bool]) -> AsyncIterator[str]:
    """Yield entries as server-sent events until `STREAM_SECONDS` have passed or the process stops.

    Nothing is queued: the next look happens when the browser has taken the last, so a slow one only lags.
    """
    if after is None:
        yield "event: reset\ndata: {}\n\n"
        return
    yield "retry: 2000\n\n"
    ends, beat = time.monotonic() + rules.STREAM_SECONDS, time.monotonic()
    while time.monotonic() < ends and not is_stopping():
        async with database.session() as session:
            entries = await queries.entries_after(session, after, rules.ENTRIES_PER_LOOK)
        for entry in entries:
            after = entry.seq
            yield rules.frame(entry.seq, FeedEntryRead.model_validate(entry).model_dump_json())
        if entries:
            beat = time.monotonic()
        elif time.monotonic() - beat > rules.HEARTBEAT_SECONDS:
            beat = time.monotonic()
            yield ": still here\n\n"
        if len(entries) < rules.ENTRIES_PER_LOOK:
            await asyncio.sleep(rules.LOOK_EVERY_SECONDS)


async def forget_old(session: AsyncSession, now: datetime, limit: int) -> int:
    """Delete up to `limit` entries older than `KEEP_DAYS`; return how many. A timer."""
    return await queries.forget_before(session, now - timedelta(days=rules.KEEP_DAYS), limit)
