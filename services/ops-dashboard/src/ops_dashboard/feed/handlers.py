from sqlalchemy.ext.asyncio import AsyncSession

from ops_dashboard.feed import queries
from shared.delivery.handlers import Handlers, effect
from shared.events.base import Event, Received


async def append_entries(session: AsyncSession, run: list[Received[Event]]) -> None:
    """Add events to the feed."""
    await queries.append(
        session,
        [
            {
                "event_id": received.id,
                "type": received.type,
                "occurred_at": received.event.occurred_at,
                "aggregate_id": received.aggregate_id,
                "client_id": getattr(received.event, "client_id", None),
                "data": received.event.model_dump(mode="json", exclude={"occurred_at"}),
            }
            for received in run
        ],
    )


# An effect: entries are numbered as they arrive, and browsers resume by that number.
HANDLERS: Handlers = {Event: effect(append_entries, batch=True)}
