"""What only the database knows, told to Prometheus by every worker: parked events, the oldest snapshot, missing seals.

Alerts must not depend on the consumer that stopped or the sealer that hangs, so this runs beside them.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping

from sqlalchemy import text

from shared.audit import trail
from shared.database import Database
from shared.delivery import metrics
from shared.delivery.leadership import pause

_EVERY_SECONDS = 15.0

_PARKED = text("""
SELECT consumer, sum(keys)::bigint AS keys, sum(events)::bigint AS events FROM (
    SELECT consumer, count(*) AS keys, 0 AS events FROM parked_key GROUP BY consumer
    UNION ALL SELECT consumer, 0, count(*) FROM parked_event GROUP BY consumer
) AS parked GROUP BY consumer
""")
# What a session of another role does is hidden from us, the transaction it holds is not.
_HOLDERS = text("""
SELECT pid, coalesce(backend_xmin, backend_xid)::text AS horizon FROM pg_stat_activity
WHERE coalesce(backend_xmin, backend_xid) IS NOT NULL AND pid <> pg_backend_pid()
AND (datname = current_database() OR datid IS NULL)
""")

#: A session of the database and the oldest transaction that it keeps from being forgotten.
Holder = tuple[int, str]


def held_since(before: Mapping[Holder, float], holders: Iterable[Holder], now: float) -> dict[Holder, float]:
    """Return since when each of `holders` has held its place: as long as it was seen there every time.

    PostgreSQL does not tell other roles when a snapshot was taken, so it is found out by looking again and again.

    Args:
        before: What was returned the last time.
        holders: Who holds something now.
        now: Seconds of the same clock as before.
    """
    return {holder: before.get(holder, now) for holder in holders}


class Measure:
    """Measures one service's database.

    Args:
        database: The service's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[Holder, float] = {}
        self._consumers = {database.service}

    async def run(self, stopping: asyncio.Event) -> None:
        """Measure every 15 seconds until `stopping` is set; errors are the caller's to handle."""
        while not stopping.is_set():
            await self.measure(time.monotonic())
            await pause(stopping, _EVERY_SECONDS)

    async def measure(self, now: float) -> None:
        """Measure once; `now` are seconds of a clock that only goes forward."""
        service = self._database.service
        async with self._database.transaction() as session:
            parked = {row.consumer: (row.keys, row.events) for row in await session.execute(_PARKED)}
            holders = [(row.pid, row.horizon) for row in await session.execute(_HOLDERS)]
            unsealed = await trail.unsealed_seconds(session)
        self._consumers |= parked.keys()
        for consumer in self._consumers:
            keys, events = parked.get(consumer, (0, 0))
            metrics.PARKED_KEYS.labels(consumer).set(keys)
            metrics.PARKED_EVENTS.labels(consumer).set(events)
        self._held = held_since(self._held, holders, now)
        metrics.OLDEST_SNAPSHOT.labels(service).set(now - min(self._held.values(), default=now))
        metrics.AUDIT_UNSEALED.labels(service).set(unsealed)
