"""Answers the erasure of a client with a receipt for each kind of record."""

from sqlalchemy.ext.asyncio import AsyncSession

from interaction_log.erasure.queries import RECORDS
from shared.clock import business_date
from shared.delivery.handlers import Handlers, effect
from shared.erasure import records
from shared.events.base import Received
from shared.events.erasure import ClientErased, InteractionLogErasureAnswered

_tell = records.telling(InteractionLogErasureAnswered)


async def erase(session: AsyncSession, received: Received[ClientErased]) -> None:
    """Delete what is kept of a client and say so; once, however often it is told."""
    event = received.event
    receipts = await records.erase(session, event.client_id, RECORDS, on=business_date(event.occurred_at))
    await _tell(session, receipts, event.occurred_at)


HANDLERS: Handlers = {ClientErased: effect(erase)}
