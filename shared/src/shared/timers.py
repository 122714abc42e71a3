"""Due work: what happens because time passed, taken once each by however many workers run.

A timer's function selects due rows with FOR UPDATE SKIP LOCKED, checks their state again under the lock and acts. What
became due during a downtime is done once afterwards, not once for every missed tick.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import Clock, system_clock
from shared.context import Cause, begin_trace, current_cause, set_cause
from shared.database import Database
from shared.delivery.metrics import TIMER_ROWS
from shared.ids import new_id

#: Rows taken in one transaction.
LIMIT = 100
ASK_EVERY_SECONDS = 60.0

Run = Callable[[AsyncSession, datetime, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Timer:
    """Work that is looked for again and again.

    Attributes:
        name: Shown in logs, metrics and readiness.
        every: How long to wait after everything due was done.
        run: `async (session, now, limit) -> taken`: handles up to `limit` due rows and returns how many it took.
    """

    name: str
    every: timedelta
    run: Run


class DatabaseTime:
    """The database's time: asked once a minute, counted on in between by the clock of this machine that never jumps."""

    def __init__(self) -> None:
        self._told: datetime
        self._asked_at = -ASK_EVERY_SECONDS

    async def now(self, session: AsyncSession) -> datetime:
        """Return the present: never ahead of the database, and behind it by the way of its answer at most."""
        if time.monotonic() - self._asked_at >= ASK_EVERY_SECONDS:
            self._told = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
            self._asked_at = time.monotonic()
        return self._told + timedelta(seconds=time.monotonic() - self._asked_at)


async def run_due(
    timer: Timer, database: Database, *, clock: Clock = system_clock, database_time: DatabaseTime | None = None
) -> int:
    """Do everything that is due now, one transaction per `LIMIT` rows, and return how many rows were taken.

    "Now" is the database's time, so that workers agree, moved by as much as `clock` differs from this machine's.
    Whoever comes again and again keeps a `database_time`, so that it needs not be asked each time.
    """
    database_time = database_time or DatabaseTime()
    total, taken, before = 0, LIMIT, current_cause()
    try:
        while taken >= LIMIT:
            set_cause(Cause(str(new_id()), f"system:{database.service}", traceparent=begin_trace()))
            async with database.transaction() as session:
                taken = await timer.run(session, await database_time.now(session) + (clock() - system_clock()), LIMIT)
            total += taken
    finally:
        set_cause(before)
    TIMER_ROWS.labels(database.service, timer.name).inc(total)
    return total


async def keep_running(timer: Timer, database: Database, *, clock: Clock, stopping: asyncio.Event) -> None:
    """Run `timer` until `stopping` is set; errors are the caller's to handle."""
    database_time = DatabaseTime()
    while not stopping.is_set():
        await run_due(timer, database, clock=clock, database_time=database_time)
        try:
            await asyncio.wait_for(stopping.wait(), timer.every.total_seconds())
        except TimeoutError:
            continue
