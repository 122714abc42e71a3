from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.clients.tables import Client
from client_profile.sales.rules import ChannelFacts, selling_status
from client_profile.sales.tables import ChannelProduct, ChannelStanding, SaleCheck
from shared.erasure.guard import require_present
from shared.errors import NotFound
from shared.http.callers import Actor


async def find_channel(session: AsyncSession, channel_id: UUID, product_id: UUID, on: date) -> ChannelFacts | None:
    """Return what is known of a channel for a sale of the product; None if nothing is known of the channel."""
    standing = await session.get(ChannelStanding, channel_id)
    if standing is None:
        return None
    sellers = [channel_id] if standing.parent_id is None else [channel_id, standing.parent_id]
    authorized = (
        select(literal(True))
        .where(
            col(ChannelProduct.channel_id).in_(sellers),
            col(ChannelProduct.product_id) == product_id,
            col(ChannelProduct.valid_from) <= on,
            or_(col(ChannelProduct.valid_to).is_(None), col(ChannelProduct.valid_to) > on),
        )
        .limit(1)
    )
    is_authorized = (await session.execute(authorized)).scalar_one_or_none() is not None
    head = None if standing.parent_id is None else await session.get(ChannelStanding, standing.parent_id)
    status = selling_status(standing.status, None if head is None else head.status)
    return ChannelFacts(status=status, is_authorized=is_authorized)


async def known_channels(session: AsyncSession, ids: set[UUID]) -> set[UUID]:
    found = await session.execute(
        select(col(ChannelStanding.channel_id)).where(col(ChannelStanding.channel_id).in_(ids))
    )
    return set(found.scalars())


async def get_sale_check(session: AsyncSession, sale_check_id: UUID, actor: Actor) -> SaleCheck:
    is_reached = actor.within(
        owner=col(Client.manager_id),
        unit=col(Client.unit_id),
        channel=col(SaleCheck.channel_id),
        client=col(SaleCheck.client_id),
    )
    statement = (
        select(SaleCheck)
        .join(Client, col(Client.id) == col(SaleCheck.client_id))
        .where(col(SaleCheck.id) == sale_check_id, is_reached)
    )
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No sale check has this id.")
    await require_present(session, found.client_id)
    return found


async def keep_standing(session: AsyncSession, standing: ChannelStanding) -> None:
    """Keep a channel's status unless a later one is kept already."""
    given = insert(ChannelStanding).values(standing.model_dump())
    changes = {name: given.excluded[name] for name in ("status", "changed_at", "event_version")}
    await session.execute(_unless_later(given, ChannelStanding, ["channel_id"], changes))


async def keep_parent(session: AsyncSession, standing: ChannelStanding) -> None:
    """Keep a channel's head office, and the channel itself if it was unknown."""
    given = insert(ChannelStanding).values(standing.model_dump())
    changes = {"parent_id": given.excluded.parent_id}
    await session.execute(given.on_conflict_do_update(index_elements=["channel_id"], set_=changes))


async def keep_product(session: AsyncSession, authorization: ChannelProduct) -> None:
    """Keep from when to when a channel may sell a product, unless a later word on it is kept already."""
    given = insert(ChannelProduct).values(authorization.model_dump())
    changes = {name: given.excluded[name] for name in ("valid_to", "changed_at", "event_version")}
    key = ["channel_id", "product_id", "valid_from"]
    await session.execute(_unless_later(given, ChannelProduct, key, changes))


def _unless_later(
    given: Any, table: type[ChannelStanding] | type[ChannelProduct], key: list[str], changes: dict[str, Any]
) -> Any:
    is_later = tuple_(given.excluded.changed_at, given.excluded.event_version) > tuple_(
        col(table.changed_at), col(table.event_version)
    )
    return given.on_conflict_do_update(index_elements=key, set_=changes, where=is_later)
