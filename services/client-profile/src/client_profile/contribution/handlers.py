from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.contribution import queries
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.channel_commission import AccrualBooked, AccrualClawedBack, AccrualReversed

Accrual = AccrualBooked | AccrualClawedBack | AccrualReversed


async def keep_entries(session: AsyncSession, received: list[Received[Accrual]]) -> None:
    """Keep fee entries, each once by its event."""
    await queries.keep_entries(session, [_entry(one) for one in received])


def _entry(received: Received[Accrual]) -> dict[str, Any]:
    event = received.event
    return {
        "event_id": received.id,
        "accrual_id": event.accrual_id,
        "client_id": event.client_id,
        "channel_id": event.channel_id,
        "product_id": event.product_id,
        "dealing_id": event.dealing_id,
        "bearer": event.bearer,
        "amount_fen": event.amount.fen,
        "earned_month": date.fromisoformat(f"{event.earned_period}-01"),
    }


# One declaration for all three, so that a run may mix them.
_KEEP = projection(keep_entries, batch=True)

HANDLERS: Handlers = {AccrualBooked: _KEEP, AccrualReversed: _KEEP, AccrualClawedBack: _KEEP}
