import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.feed import queries, rules
from ops_dashboard.feed.schemas import FeedEntryRead
from ops_dashboard.feed.tables import FeedEntry
from shared.database import Database
from shared.events.base import Event, Received

#: An entry's number, and its frame.
Numbered = tuple[int, str]


class Feed:
    """The newest entries, looked for once for all streams of a process, while there are any.

    Nothing waits for a stream that is slow: what it missed here it reads from the database.

    Args:
        database: The service's database.
        recent: How many entries are kept in memory.
    """

    def __init__(self, database: Database, *, recent: int = rules.RECENT_ENTRIES) -> None:
        self.streams = 0
        self._database = database
        self._recent: deque[Numbered] = deque(maxlen=recent)
        self._newest: int | None = None
        self._looks_at = 0.0
        self._looking = asyncio.Lock()

    async def after(self, seq: int) -> Sequence[Numbered]:
        """Return the entries after number `seq`, oldest first, at most `ENTRIES_PER_LOOK`."""
        async with self._looking:
            if time.monotonic() >= self._looks_at:
                newest, self._newest = self._newest, None  # after an error nothing that stood here counts
                self._newest = await self._look(newest)
                self._looks_at = time.monotonic() + rules.LOOK_EVERY_SECONDS
        if self._newest is not None and seq >= self._newest:
            return []
        if self._recent and self._recent[0][0] <= seq + 1:
            return [one for one in self._recent if one[0] > seq][: rules.ENTRIES_PER_LOOK]
        return await self._read(seq)

    async def _look(self, newest: int | None) -> int:
        if newest is None:
            self._recent.clear()
            async with self._database.session() as session:
                return (await queries.bounds(session))[1]
        found = await self._read(newest)
        self._recent.extend(found)
        return found[-1][0] if found else newest

    async def _read(self, seq: int) -> list[Numbered]:
        async with self._database.session() as session:
            return [_numbered(entry) for entry in await queries.entries_after(session, seq, rules.ENTRIES_PER_LOOK)]


def _numbered(entry: FeedEntry) -> Numbered:
    return entry.seq, rules.frame(entry.seq, read(entry).model_dump_json())


def read(entry: FeedEntry) -> FeedEntryRead:
    """Return an entry as readers get it."""
    return FeedEntryRead(**entry.model_dump(exclude={"event_id"}), title=rules.title_of(entry.type))


async def begin(session: AsyncSession, last_seen: int | None) -> int | None:
    """Return the number after which a stream begins; None if the browser must reload its picture first."""
    oldest, newest = await queries.bounds(session)
    return rules.starts_at(last_seen, oldest, newest)


async def stream(
    feed: Feed,
    after: int | None,
    is_stopping: Callable[[], bool],
    *,
    seconds: float = rules.STREAM_SECONDS,
    heartbeat_seconds: float = rules.HEARTBEAT_SECONDS,
) -> AsyncIterator[str]:
    """Yield entries after a number as server-sent events, or a `reset` if there is no number to go on from.

    Args:
        feed: What the streams of this process share.
        after: The number; None if the browser must reload its picture first.
        is_stopping: Whether the process is told to stop; the stream then ends.
        seconds: How long it lasts.
        heartbeat_seconds: After so long without an entry a comment is sent, so that nobody between closes it.
    """
    if after is None:
        yield "event: reset\ndata: {}\n\n"
        return
    yield "retry: 2000\n\n"
    ends, beat = time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < ends and not is_stopping():
        entries = await feed.after(after)
        for seq, text in entries:
            after = seq
            yield text
        if entries:
            beat = time.monotonic()
        elif time.monotonic() - beat > heartbeat_seconds:
            beat = time.monotonic()
            yield ": still here\n\n"
        if len(entries) < rules.ENTRIES_PER_LOOK:
            await asyncio.sleep(rules.LOOK_EVERY_SECONDS)


async def take_turn(session: AsyncSession, _batch: Sequence[Received[Event]]) -> None:
    """Wait until no other worker has a batch in hand.

    Numbers are given in the order of commits, so batches follow one another in any case. Whoever waited in the middle
    of a batch would hold counts that the other still needs.
    """
    await queries.lock_counter(session)


async def forget_old(session: AsyncSession, now: datetime, limit: int) -> int:
    """Delete up to `limit` entries older than `KEEP_DAYS`; return how many. A timer."""
    return await queries.forget_before(session, now - timedelta(days=rules.KEEP_DAYS), limit)
