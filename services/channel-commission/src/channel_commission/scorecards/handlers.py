from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.scorecards import queries
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.complaints import ComplaintDecided, ComplaintRegistered, ComplaintWithdrawn


async def keep_registered(session: AsyncSession, received: Received[ComplaintRegistered]) -> None:
    """Remember that a channel's sale was complained about."""
    event = received.event
    if event.channel_id is not None:
        await queries.keep_complaint(session, event.complaint_id, event.channel_id, {"received_on": event.received_on})


async def keep_decided(session: AsyncSession, received: Received[ComplaintDecided]) -> None:
    """Remember whether a complaint was found justified; the last decision counts."""
    event = received.event
    if event.channel_id is not None:
        await queries.keep_complaint(session, event.complaint_id, event.channel_id, {"is_upheld": event.is_upheld})


async def keep_withdrawn(session: AsyncSession, received: Received[ComplaintWithdrawn]) -> None:
    """Remember that a complaint was taken back."""
    event = received.event
    if event.channel_id is not None:
        await queries.keep_complaint(session, event.complaint_id, event.channel_id, {"is_withdrawn": True})


HANDLERS: Handlers = {
    ComplaintRegistered: projection(keep_registered),
    ComplaintDecided: projection(keep_decided),
    ComplaintWithdrawn: projection(keep_withdrawn),
}
