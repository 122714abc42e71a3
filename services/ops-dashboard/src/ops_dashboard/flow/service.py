from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.flow import queries, rules
from ops_dashboard.flow.schemas import Flow, MinuteFlow, ServiceFlow
from shared.clock import system_clock

Lag = dict[tuple[str, str], int]


async def read(session: AsyncSession, now: datetime) -> Flow:
    """Return how events flow at `now`."""
    totals = rules.per_service(await queries.per_type(session, now - timedelta(hours=1)))
    waiting = await queries.waiting(session, now - rules.LAG_HOLDS)
    return Flow(
        as_of=now,
        services=[
            ServiceFlow(service=service, events_last_hour=recent, events_total=whole, waiting=waiting.get(service))
            for service, (recent, whole) in totals.items()
        ],
        last_minutes=[
            MinuteFlow(minute=minute, events=events)
            for minute, events in await queries.per_minute(session, now - timedelta(minutes=30))
        ],
    )


async def forget_old(session: AsyncSession, _now: datetime, limit: int) -> int:
    """Delete up to `limit` counts of minutes that nobody asks for any more; return how many. A timer."""
    # Minutes are counted in real time, whatever the business clock of a demonstration says.
    return await queries.forget_before(session, system_clock() - rules.MINUTES_KEPT, limit)


def lag_timer(ask: Callable[[], Awaitable[Lag]]) -> Callable[[AsyncSession, datetime, int], Awaitable[int]]:
    """Return a timer function that keeps what `ask` says of every consumer's lag."""

    async def look(session: AsyncSession, now: datetime, _limit: int) -> int:
        await queries.keep_lag(session, await ask(), now)
        return 0

    return look
