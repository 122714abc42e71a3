from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.investors import service
from channel_commission.rates.rules import InvestorKind
from shared.delivery.handlers import Handlers, effect
from shared.events.base import Received
from shared.events.client_profile import ClientRegistered


async def keep_investor(session: AsyncSession, received: Received[ClientRegistered]) -> None:
    """Remember whether a client is a person or an institution, on which a rate may hang."""
    event = received.event
    await service.keep(session, event.client_id, InvestorKind(event.kind), at=event.occurred_at)


HANDLERS: Handlers = {ClientRegistered: effect(keep_investor)}
