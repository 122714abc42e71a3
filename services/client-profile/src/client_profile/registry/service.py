from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.clients.tables import Client
from client_profile.dealings import queries as dealing_queries
from client_profile.dealings import service as dealings
from client_profile.dealings.rules import (
    DealingKind,
    DealingStatus,
    Holding,
    NewDealing,
    readable_number,
    redeemed,
    require_holding,
    require_order,
)
from client_profile.dealings.tables import Dealing
from client_profile.products import service as products
from client_profile.products.rules import ProductUnknown, require_past, require_share_class
from client_profile.products.tables import Product
from client_profile.redemptions.service import following
from client_profile.registry import rules
from client_profile.registry.schemas import DealingItem
from client_profile.sales import service as sales
from client_profile.sales.rules import ChannelNotYetKnown
from shared.clock import business_date
from shared.errors import DomainError
from shared.events.base import Event
from shared.http import bulk
from shared.http.bulk import Accepted, BulkBody, BulkResult, ItemResult
from shared.ids import new_id

_OF_SUBSCRIPTIONS = ("client_id", "product_id", "share_class", "channel_id", "units", "net_value")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the items of one call refer to; `dealings` and `left` grow as items are taken."""

    origin: str
    now: datetime
    clients: dict[UUID, Client]
    products: dict[UUID, Product]
    channels: set[UUID]
    dealings: dict[str, Dealing | NewDealing]
    left: dict[UUID, Holding]
    sequences: Iterator[int]

    @property
    def today(self) -> date:
        return business_date(self.now)


async def import_many(session: AsyncSession, body: BulkBody, *, now: datetime) -> BulkResult:
    """Take over confirmed dealings; history is not gated. Subscriptions first, then redemptions, each in their order.

    Raises:
        OutboxIsLong: too many events wait to be published.
        OriginReserved: the origin stands for dealings confirmed here.
    """
    if body.origin == dealings.HOUSE:
        raise rules.OriginReserved("This origin stands for what is confirmed here.", pointer="/origin")
    await bulk.require_short_outbox(session)
    accepted, refused = bulk.check_items(body, DealingItem)
    known = await _known(session, body.origin, [one.item for one in accepted], now)
    results: dict[int, ItemResult] = {}
    told: list[tuple[NewDealing, Event]] = []
    for one in sorted(accepted, key=lambda one: (one.item.kind is DealingKind.REDEMPTION, one.place)):
        try:
            results[one.place] = _take(one, known, told)
        except DomainError as error:
            pointer = f"/items/{one.place}{error.pointer or ''}"
            results[one.place] = bulk.refuse(one.item.external_id, error.code, error.detail, pointer)
    touched = {dealing.client_id for dealing, _ in told}
    await dealings.keep(session, {client_id: known.clients[client_id] for client_id in sorted(touched)}, told, now=now)
    return bulk.in_order(len(body.items), results, refused)


async def _known(session: AsyncSession, origin: str, items: list[DealingItem], now: datetime) -> _Known:
    numbers = {item.external_id for item in items} | {item.original_external_id for item in items} - {None}
    names = [str(number) for number in numbers]
    # The clients are locked before their dealings are read, so that nobody redeems or reverses in between.
    owners = await dealing_queries.owners_of(session, origin, names)
    locked = await clients.lock_many(session, owners | {item.client_id for item in items if item.client_id})
    named = await dealing_queries.get_named(session, origin, names)
    # What another call told in between is left out: its client is not locked.
    reachable = {number: one for number, one in named.items() if one.client_id in locked}
    subscriptions = [one for one in reachable.values() if one.kind is DealingKind.SUBSCRIPTION]
    return _Known(
        origin=origin,
        now=now,
        clients=locked,
        products=await products.get_many(session, {item.product_id for item in items if item.product_id}),
        channels=await sales.known_channels(session, {item.channel_id for item in items if item.channel_id}),
        dealings={**reachable},
        left=await dealing_queries.holdings_of(session, subscriptions),
        sequences=iter(await dealing_queries.next_numbers(session, len(items))),
    )


def _take(one: Accepted[DealingItem], known: _Known, told: list[tuple[NewDealing, Event]]) -> ItemResult:
    item = one.item
    rules.require_fields(item.kind, {name: getattr(item, name) for name in item.model_fields_set})
    existing = known.dealings.get(item.external_id)
    if existing is not None:
        rules.require_same(_content(existing, item, known), _told(item))
        return ItemResult(external_id=item.external_id, status="unchanged", id=existing.id)
    require_past(item.confirmed_on, known.today, pointer="/confirmed_on")
    require_order(item.applied_on or item.confirmed_on, item.confirmed_on, pointer="/confirmed_on")
    dealing, event = _subscription(item, known) if item.kind is DealingKind.SUBSCRIPTION else _redemption(item, known)
    known.dealings[item.external_id] = dealing
    told.append((dealing, event))
    return ItemResult(external_id=item.external_id, status="created", id=dealing.id)


def _subscription(item: DealingItem, known: _Known) -> tuple[NewDealing, Event]:
    if item.client_id is None or item.client_id not in known.clients:
        raise rules.ClientUnknown("No client has this id.", pointer="/client_id")
    if item.product_id is None or item.product_id not in known.products:
        raise ProductUnknown("No product has this id.", pointer="/product_id")
    require_share_class(item.share_class, known.products[item.product_id].share_classes)
    if item.channel_id is not None and item.channel_id not in known.channels:
        raise ChannelNotYetKnown("Nothing has been heard of this channel yet; try again.", pointer="/channel_id")
    dealing = NewDealing(
        id=new_id(),
        event_key=item.client_id,
        number=readable_number(known.today.year, next(known.sequences)),
        kind=DealingKind.SUBSCRIPTION,
        client_id=item.client_id,
        product_id=item.product_id,
        share_class=item.share_class,
        channel_id=item.channel_id,
        amount_fen=item.amount.fen,
        units=item.units,
        net_value=item.net_value,
        applied_on=item.applied_on or item.confirmed_on,
        confirmed_on=item.confirmed_on,
        origin=known.origin,
        confirmation_number=item.external_id,
        original_dealing_id=None,
        recorded_at=known.now,
    )
    known.left[dealing.id] = Holding.of(dealing.amount_fen, dealing.units, item.confirmed_on)
    return dealing, dealings.confirmation(dealing, now=known.now)


def _redemption(item: DealingItem, known: _Known) -> tuple[NewDealing, Event]:
    original = known.dealings.get(item.original_external_id or "")
    if original is None:
        raise rules.OriginalUnknown("No subscription of this origin has this number.", pointer="/original_external_id")
    require_holding(original.kind, original.status)
    taken = redeemed(known.left[original.id], item.amount.fen, item.confirmed_on)
    known.left[original.id] = known.left[original.id].less(taken)
    dealing = following(
        original,
        DealingKind.REDEMPTION,
        taken,
        item.external_id,
        sequence=next(known.sequences),
        now=known.now,
        applied_on=item.applied_on or item.confirmed_on,
        confirmed_on=item.confirmed_on,
    )
    return dealing, dealings.confirmation(dealing, now=known.now, is_full=taken.is_full)


def _told(item: DealingItem) -> dict[str, object]:
    told: dict[str, object] = {
        "status": DealingStatus.CONFIRMED,
        "kind": item.kind,
        "amount": item.amount.fen,
        "applied_on": item.applied_on or item.confirmed_on,
        "confirmed_on": item.confirmed_on,
    }
    if item.kind is DealingKind.REDEMPTION:
        return {**told, "original_external_id": item.original_external_id}
    return {**told, **{name: getattr(item, name) for name in _OF_SUBSCRIPTIONS}}


def _content(dealing: Dealing | NewDealing, item: DealingItem, known: _Known) -> dict[str, object]:
    """Return what is known of a dealing under the names of `_told`."""
    named = known.dealings.get(item.original_external_id or "")
    is_of_named = named is not None and named.id == dealing.original_dealing_id
    return {
        "amount": dealing.amount_fen,
        "original_external_id": item.original_external_id if is_of_named else None,
        **{name: getattr(dealing, name) for name in ("status", "kind", "applied_on", "confirmed_on")},
        **{name: getattr(dealing, name) for name in _OF_SUBSCRIPTIONS},
    }
