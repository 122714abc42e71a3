"""Answers the erasure of a client with a receipt for each kind of record."""

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.erasure.queries import RECORDS
from shared.clock import business_date
from shared.delivery.handlers import Handlers, effect
from shared.erasure import records
from shared.events.base import Received
from shared.events.erasure import ChannelCommissionErasureAnswered, ClientErased

_tell = records.telling(ChannelCommissionErasureAnswered)


async def erase(session: AsyncSession, received: Received[ClientErased]) -> None:
    """Restrict the books about a client and say so; once, however often it is told."""
    event = received.event
    receipts = await records.erase(session, event.client_id, RECORDS, on=business_date(event.occurred_at))
    await _tell(session, receipts, event.occurred_at)


HANDLERS: Handlers = {ClientErased: effect(erase)}
