from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.bookings import service
from channel_commission.dealings.service import DealingEvent
from shared.delivery.handlers import Handlers, effect
from shared.events.base import Received
from shared.events.client_profile import DealingReversed, RedemptionConfirmed, SubscriptionConfirmed


async def book(session: AsyncSession, received: list[Received[DealingEvent]]) -> None:
    """Book the fees that follow from dealings; entries are unique by the event that caused them."""
    await service.take(session, received)


# One handler for all three, so that a mixed run of them comes as one list.
_BOOK = effect(book, batch=True)
HANDLERS: Handlers = {SubscriptionConfirmed: _BOOK, RedemptionConfirmed: _BOOK, DealingReversed: _BOOK}
