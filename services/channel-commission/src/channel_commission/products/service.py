from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.channels import service as channels
from channel_commission.products import queries, rules
from channel_commission.products.rules import Authorization, Bearer
from channel_commission.products.schemas import Authorize
from channel_commission.products.tables import Product, ProductAuthorization
from shared.audit import trail
from shared.delivery import outbox
from shared.events.channel_commission import ChannelProductAuthorized
from shared.http.callers import Actor


async def keep(session: AsyncSession, *, product_id: UUID, kind: str, grade: str) -> None:
    """Remember a product that client-profile told of."""
    await queries.keep_product(session, Product(id=product_id, kind=kind, grade=grade))


async def require_known(session: AsyncSession, wanted: Mapping[str, UUID]) -> None:
    """Refuse products not heard of yet.

    Args:
        session: The request's session.
        wanted: The products by where they stand in the request body.

    Raises:
        ProductNotYetKnown: as said, with the place of the first; worth trying again shortly.
    """
    known = await queries.known(session, wanted.values())
    for pointer, product_id in wanted.items():
        if product_id not in known:
            raise rules.ProductNotYetKnown(
                "This product has not been heard of yet; try again shortly.", pointer=pointer
            )


async def authorize(
    session: AsyncSession, channel_id: UUID, wanted: Authorize, *, actor: Actor, now: datetime
) -> ProductAuthorization:
    """Let a channel sell a product, or change who bears its fee from a later day on.

    Raises:
        NotFound: no channel has this id.
        ProductNotYetKnown: the product has not been heard of yet.
        AlreadyAuthorized: the present authorization has this bearer, or does not begin before.
        BearerInUse: fees of these days are booked for the present bearer.
        ChannelRestricted: the product is new to it, and a risk event or an evaluation stands against that.
    """
    channel = await channels.get(session, channel_id, lock=True)
    await require_known(session, {"/product_id": wanted.product_id})
    earlier = await queries.latest_authorization(session, channel.id, wanted.product_id)
    if earlier is None:
        await admission.require_may_take_products(session, channel.id)
    rules.require_may_follow(
        Authorization(earlier.bearer, earlier.valid_from) if earlier else None,
        bearer=wanted.bearer,
        valid_from=wanted.valid_from,
        last_priced_on=await queries.last_priced_on(session, channel.id, wanted.product_id),
    )
    if earlier is not None:
        earlier.valid_to = wanted.valid_from
        # The database checks overlaps row by row: what ends must be written before what begins.
        await session.flush()
    authorization = ProductAuthorization(
        channel_id=channel.id, authorized_by=actor.id, authorized_at=now, **wanted.model_dump()
    )
    session.add(authorization)
    facts = wanted.model_dump(mode="json")
    event = ChannelProductAuthorized(occurred_at=now, channel_id=channel.id, **facts)
    await outbox.record(session, channel, event)
    await channels.ask_reassessment(session, channel.id, now=now)
    await trail.record(session, "channel.product_authorized", kind="channel", id=channel.id, facts=facts)
    return authorization


async def bearers(
    session: AsyncSession, wanted: Sequence[tuple[UUID, UUID, date]]
) -> dict[tuple[UUID, UUID, date], Bearer]:
    """Return who bears the fee for each (channel, product, business date) that is authorized."""
    return await queries.bearers(session, wanted)
