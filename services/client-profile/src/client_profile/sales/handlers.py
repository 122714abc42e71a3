from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.sales import queries
from client_profile.sales.rules import ChannelStatus
from client_profile.sales.tables import ChannelProduct, ChannelStanding
from shared.delivery.handlers import Handlers, projection
from shared.events.base import Event, Received
from shared.events.channel_commission import (
    ChannelActivated,
    ChannelProductAuthorized,
    ChannelRegistered,
    ChannelSuspended,
    ChannelTerminated,
)

_STATUS: dict[type[Event], ChannelStatus] = {
    ChannelActivated: ChannelStatus.ACTIVE,
    ChannelSuspended: ChannelStatus.SUSPENDED,
    ChannelTerminated: ChannelStatus.TERMINATED,
}


async def add_channel(session: AsyncSession, received: Received[ChannelRegistered]) -> None:
    """Keep a channel and its head office; a status heard of before stays."""
    event = received.event
    standing = ChannelStanding(
        channel_id=event.channel_id,
        status=ChannelStatus.REGISTERED,
        parent_id=event.parent_id,
        changed_at=event.occurred_at,
        event_version=received.aggregate_version,
    )
    await queries.keep_parent(session, standing)


async def change_status(
    session: AsyncSession, received: Received[ChannelActivated | ChannelSuspended | ChannelTerminated]
) -> None:
    """Keep whether a channel may sell."""
    event = received.event
    standing = ChannelStanding(
        channel_id=event.channel_id,
        status=_STATUS[type(event)],
        changed_at=event.occurred_at,
        event_version=received.aggregate_version,
    )
    await queries.keep_standing(session, standing)


async def authorize_product(session: AsyncSession, received: Received[ChannelProductAuthorized]) -> None:
    """Keep which product a channel may sell, and when."""
    event = received.event
    authorization = ChannelProduct(
        channel_id=event.channel_id,
        product_id=event.product_id,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
        changed_at=event.occurred_at,
        event_version=received.aggregate_version,
    )
    await queries.keep_product(session, authorization)


HANDLERS: Handlers = {
    ChannelRegistered: projection(add_channel),
    ChannelActivated: projection(change_status),
    ChannelSuspended: projection(change_status),
    ChannelTerminated: projection(change_status),
    ChannelProductAuthorized: projection(authorize_product),
}
