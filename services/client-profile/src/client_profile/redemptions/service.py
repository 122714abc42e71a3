from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients.tables import Client
from client_profile.dealings import queries as dealing_queries
from client_profile.dealings import rules
from client_profile.dealings import service as dealings
from client_profile.dealings.rules import DealingKind, NewDealing, Taken
from client_profile.dealings.tables import Dealing
from client_profile.products.rules import require_past
from client_profile.redemptions.schemas import DistributionCreate, RedemptionCreate
from shared.clock import business_date
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.ids import new_id


async def redeem(session: AsyncSession, wanted: RedemptionCreate, *, actor: Actor, now: datetime) -> Dealing:
    """Record a confirmed redemption of a subscription, in whole or in part.

    Raises:
        DealingUnknown: no dealing within the actor's reach has this id.
        NotAHolding: it is not a confirmed subscription.
        MoreThanLeft: less is left of it.
        DateInFuture, DateOutOfOrder: a day has not come yet, or lies before one it must follow.
    """
    require_past(wanted.confirmed_on, business_date(now), pointer="/confirmed_on")
    rules.require_order(wanted.applied_on, wanted.confirmed_on, pointer="/confirmed_on")
    original, client = await _original(session, wanted.original_dealing_id, actor)
    holding = (await dealing_queries.holdings_of(session, [original]))[original.id]
    taken = rules.redeemed(holding, wanted.amount.fen, wanted.confirmed_on)
    days = {"applied_on": wanted.applied_on, "confirmed_on": wanted.confirmed_on}
    [sequence] = await dealing_queries.next_numbers(session, 1)
    dealing = following(
        original, DealingKind.REDEMPTION, taken, wanted.confirmation_number, sequence=sequence, now=now, **days
    )
    event = dealings.confirmation(dealing, now=now, is_full=taken.is_full)
    [kept] = await dealings.keep(session, {client.id: client}, [(dealing, event)], now=now)
    return kept


async def distribute(session: AsyncSession, wanted: DistributionCreate, *, actor: Actor, now: datetime) -> Dealing:
    """Record a distribution paid to the holder of a subscription. Errors as `redeem`, but never more than is left."""
    require_past(wanted.paid_on, business_date(now), pointer="/paid_on")
    original, client = await _original(session, wanted.original_dealing_id, actor)
    rules.require_order(original.confirmed_on or wanted.paid_on, wanted.paid_on, pointer="/paid_on")
    taken = Taken(wanted.amount.fen, None, is_full=False)
    days = {"applied_on": wanted.paid_on, "confirmed_on": wanted.paid_on}
    [sequence] = await dealing_queries.next_numbers(session, 1)
    dealing = following(
        original, DealingKind.DISTRIBUTION, taken, wanted.confirmation_number, sequence=sequence, now=now, **days
    )
    event = dealings.confirmation(dealing, now=now)
    [kept] = await dealings.keep(session, {client.id: client}, [(dealing, event)], now=now)
    return kept


def following(
    original: Dealing | NewDealing,
    kind: DealingKind,
    taken: Taken,
    confirmation_number: str,
    *,
    sequence: int,
    now: datetime,
    applied_on: date,
    confirmed_on: date,
) -> NewDealing:
    """Return the confirmed redemption or distribution of a subscription."""
    return NewDealing(
        id=new_id(),
        event_key=original.event_key,
        number=rules.readable_number(business_date(now).year, sequence),
        kind=kind,
        client_id=original.client_id,
        product_id=original.product_id,
        share_class=original.share_class,
        channel_id=original.channel_id,
        amount_fen=taken.amount_fen,
        units=taken.units,
        net_value=None,
        applied_on=applied_on,
        confirmed_on=confirmed_on,
        origin=original.origin,
        confirmation_number=confirmation_number,
        original_dealing_id=original.id,
        recorded_at=now,
    )


async def _original(session: AsyncSession, dealing_id: UUID, actor: Actor) -> tuple[Dealing, Client]:
    try:
        dealing, client = await dealings.locked(session, dealing_id, actor)
    except NotFound as error:
        raise rules.DealingUnknown(error.detail, pointer="/original_dealing_id") from None
    rules.require_holding(dealing.kind, dealing.status)
    return dealing, client
