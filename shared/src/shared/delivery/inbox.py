"""The inbox: which events a consumer has taken. It drops what Kafka holds twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.delivery.rules import oldest_remembered
from shared.rows import run
from shared.timers import Timer

# Nearly always every id is new, which one number says; only else are they listed.
_ENTER = (
    "WITH entered AS (INSERT INTO inbox (consumer, event_id)"
    " SELECT %(consumer)s, event_id"
    " FROM unnest(CAST(CAST(%(ids)s AS text) AS uuid[])) WITH ORDINALITY AS come (event_id, place)"
    " ORDER BY place ON CONFLICT DO NOTHING RETURNING event_id)"
    " SELECT CASE WHEN count(*) < %(many)s THEN array_agg(event_id) END AS some, count(*) AS many FROM entered"
)
# Ids are UUIDv7, so they sort by the time they were made and the primary key finds the oldest.
_FORGET = text(
    "DELETE FROM inbox WHERE (consumer, event_id) IN ("
    " SELECT consumer, event_id FROM inbox WHERE event_id < :oldest ORDER BY consumer, event_id"
    " LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING event_id"
)
#: Forgotten a little later than refused, so that clocks which differ leave no gap.
_MARGIN = timedelta(days=1)


async def enter(session: AsyncSession, consumer: str, ids: Sequence[UUID]) -> set[UUID]:
    """Enter event ids in the order given and return those that were not there before."""
    if not ids:
        return set()
    # One text for the whole array: the driver would look at each id by itself, which costs more than the statement.
    array = f"{{{','.join(event_id.hex for event_id in ids)}}}"
    values = {"consumer": consumer, "ids": array, "many": len(ids)}
    entered = (await run(session, _ENTER, values)).one()
    return set(ids) if entered.many == len(ids) else set(entered.some or ())


async def forget_old(session: AsyncSession, _now: datetime, limit: int) -> int:
    """Delete up to `limit` entries older than the inbox remembers; return how many.

    The machine's time counts, not the timer's: a clock that was moved for a demonstration must not empty the inbox.
    """
    oldest = oldest_remembered(datetime.now(UTC) - _MARGIN)
    return len((await session.execute(_FORGET, {"oldest": oldest, "limit": limit})).all())


FORGET_OLD = Timer("forget_inbox", every=timedelta(hours=1), run=forget_old)
