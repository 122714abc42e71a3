from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.products import service
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Received
from shared.events.client_profile import ProductListed


async def keep_product(session: AsyncSession, received: Received[ProductListed]) -> None:
    """Remember a product, so that channels can be authorized for it."""
    event = received.event
    await service.keep(session, product_id=event.product_id, kind=event.kind, grade=event.grade)


HANDLERS: Handlers = {ProductListed: projection(keep_product)}
