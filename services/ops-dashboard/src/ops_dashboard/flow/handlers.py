from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.flow import queries
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Event, Received


async def count_events(session: AsyncSession, run: list[Received[Event]]) -> None:
    """Count events by the minute of their arrival."""
    minute: datetime = (await session.execute(select(func.date_trunc("minute", func.clock_timestamp())))).scalar_one()
    await queries.count(session, minute, Counter(received.type for received in run).items())


HANDLERS: Handlers = {Event: projection(count_events, batch=True)}
