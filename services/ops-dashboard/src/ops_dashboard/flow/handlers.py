from collections import Counter

from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.flow import queries
from shared.delivery.handlers import Handlers, effect
from shared.events.base import Event, Received


async def count_events(session: AsyncSession, run: list[Received[Event]]) -> None:
    """Count events by type, in all and by the minute of their arrival."""
    await queries.count(session, Counter(received.type for received in run))


# An effect: what is counted is arrivals, which cannot be had again.
HANDLERS: Handlers = {Event: effect(count_events, batch=True)}
