"""What the gateway forgets in time. It has no worker: each process looks, and what one takes another leaves."""

import asyncio
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from gateway.oauth_tokens import queries as oauth_tokens
from shared.clock import system_clock
from shared.database import Database
from shared.http import idempotency
from shared.log import get_logger
from shared.timers import Timer, keep_running

log = get_logger(__name__)

TIMERS = (
    Timer("forget_used_assertions", every=timedelta(minutes=10), run=oauth_tokens.forget_expired),
    Timer("forget_idempotency_keys", every=timedelta(hours=1), run=idempotency.forget_old),
)
_AGAIN_SECONDS = 60


class Housekeeping:
    """Runs `TIMERS` beside the requests; while the database is away it waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin in the background."""
        self._tasks = [asyncio.create_task(self._keep(timer), name=timer.name) for timer in TIMERS]

    async def stop(self) -> None:
        """End; what is half done is rolled back and found again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, timer: Timer) -> None:
        never = asyncio.Event()
        while True:
            try:
                # Both ages are counted on the real clock, also where a demonstration moves the other.
                await keep_running(timer, self._database, clock=system_clock, stopping=never)
            except (SQLAlchemyError, OSError) as error:
                log.warning("housekeeping put off", timer=timer.name, error=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
