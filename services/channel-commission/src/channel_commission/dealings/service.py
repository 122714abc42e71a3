from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.admission import service as admission
from channel_commission.admission.rules import Standing
from channel_commission.channels import service as channels
from channel_commission.clawbacks.rules import Redemption
from channel_commission.dealings import queries, rules
from channel_commission.dealings.rules import DealingKind, Refusal, Terms
from channel_commission.dealings.tables import Dealing
from channel_commission.hierarchy import service as hierarchy
from channel_commission.investors import service as investors
from channel_commission.products import service as products
from channel_commission.rates import service as rates
from channel_commission.rates.rules import Found, RuleInForce, Sale
from shared.events.base import Received
from shared.events.client_profile import DealingReversed, RedemptionConfirmed, SubscriptionConfirmed

DealingEvent = SubscriptionConfirmed | RedemptionConfirmed | DealingReversed


@dataclass(frozen=True, slots=True)
class Known:
    """Dealings at hand by their ids, and the redemptions of each subscription."""

    by_id: dict[UUID, Dealing]
    redemptions: defaultdict[UUID, list[Dealing]]

    def add(self, dealings: Collection[Dealing]) -> None:
        """Take in dealings that are not there yet."""
        for dealing in dealings:
            self.by_id.setdefault(dealing.id, dealing)
            of_subscription = self.redemptions[dealing.subscription_id] if dealing.subscription_id else []
            if not any(one is dealing for one in of_subscription):
                of_subscription.append(dealing)


async def lock_and_load(session: AsyncSession, ids: Collection[UUID], channel_ids: Collection[UUID]) -> Known:
    """Lock `channel_ids` and the channels of the dealings `ids`, then read those known, with their redemptions."""
    anchors = await queries.anchors(session, ids)
    involved = {*channel_ids, *(channel_id for _, channel_id in anchors if channel_id)}
    await channels.lock_for_booking(session, involved)
    return await load(session, {*ids, *(subscription_id for subscription_id, _ in anchors)})


async def load(session: AsyncSession, ids: Collection[UUID]) -> Known:
    """Return those of the dealings `ids` that are known, with their redemptions."""
    known = Known({}, defaultdict(list))
    known.add(await queries.with_redemptions(session, ids))
    return known


async def get(session: AsyncSession, dealing_id: UUID) -> Dealing:
    """Return a dealing.

    Raises:
        NotFound: it is not known.
    """
    return await queries.get_dealing(session, dealing_id)


async def refused_of_channels(
    session: AsyncSession, channel_ids: Collection[UUID], after: UUID | None, limit: int
) -> list[Dealing]:
    """Return sales of channels that earned nothing, in the order of their ids, those after `after`."""
    return await queries.refused_of_channels(session, channel_ids, after, limit)


async def sold_in(session: AsyncSession, channel_id: UUID, since: date, until: date, limit: int) -> Known:
    """Return the sales of a channel in the half-open days from `since` to `until` that stand, with redemptions."""
    return await load(session, await queries.sold_in(session, channel_id, since, until, limit))


async def without_trailing(session: AsyncSession, through: str, limit: int) -> list[UUID]:
    """Return holdings whose trailing fee of `through` (`YYYY-MM`) or a month before it is not booked yet."""
    return await queries.without_trailing(session, through, limit)


async def terms(
    session: AsyncSession, sold: Collection[Sale], *, card_id: UUID | None = None
) -> dict[Sale, Terms | Refusal]:
    """Return the terms of each sale, or why it earns nothing; with `card_id` as if that rate card held."""
    parents = await hierarchy.parents(session, {(sale.channel_id, sale.day) for sale in sold})
    above = {sale: sale._replace(channel_id=id) for sale in sold if (id := parents.get((sale.channel_id, sale.day)))}
    found = await rates.in_force(session, sold, card_id=card_id)
    found_above = await rates.in_force(session, set(above.values())) if above else {}
    payees = {
        sale: {payee.channel_id for rate in (one.upfront, one.trailing) if rate for payee in rate.payees}
        for sale, one in found.items()
    }
    asked = {(sale.channel_id, sale.day) for sale in sold}
    asked |= {(channel_id, sale.day) for sale, channel_ids in payees.items() for channel_id in channel_ids}
    asked |= {(sale.channel_id, sale.day) for sale in above.values()}
    standings = await admission.standings(session, asked)
    bearers = await products.bearers(session, sorted({(sale.channel_id, sale.product_id, sale.day) for sale in sold}))
    return {
        sale: rules.terms_for(
            standings.get((sale.channel_id, sale.day)),
            bearers.get((sale.channel_id, sale.product_id, sale.day)),
            found.get(sale),
            [standings.get((channel_id, sale.day)) for channel_id in payees.get(sale, ())],
            _override(above.get(sale), standings, found_above, payees.get(sale, ())),
        )
        for sale in sold
    }


def _override(
    above: Sale | None,
    standings: Mapping[tuple[UUID, date], Standing],
    found: Mapping[Sale, Found],
    payees: Collection[UUID],
) -> RuleInForce | None:
    if above is None:
        return None
    return rules.override_of(above.channel_id, standings.get((above.channel_id, above.day)), found.get(above), payees)


def decide(dealing: Dealing, found: Terms | Refusal | None) -> bool:
    """Give a sale its terms, once; return whether it has some. A direct sale has none and needs none."""
    if dealing.bearer is not None:
        return True
    if dealing.channel_id is None or dealing.reversed_by is not None or found is None:
        return False
    if isinstance(found, Refusal):
        dealing.refusal = found
        return False
    dealing.bearer, dealing.refusal = found.bearer, None
    dealing.rate_rule_id = found.upfront.id if found.upfront else None
    dealing.trailing_rule_id = found.trailing.id if found.trailing else None
    dealing.override_rule_id = found.override.id if found.override else None
    return True


def redemption_of(dealing: Dealing) -> Redemption:
    """Return a redemption as far as clawbacks need it."""
    return Redemption(
        dealing_id=dealing.id,
        on=dealing.confirmed_on,
        number=dealing.confirmation_number,
        fen=dealing.amount_fen,
        is_full=dealing.is_full,
        is_reversed=dealing.reversed_by is not None,
    )


async def sales(
    session: AsyncSession, events: Sequence[DealingEvent] = (), waiting: Sequence[Dealing] = ()
) -> dict[UUID, Sale]:
    """Return by dealing what decides the rates of the sales among `events` and of the dealings `waiting`."""
    sold = {one.dealing_id: (one, one.share_class) for one in events if isinstance(one, SubscriptionConfirmed)} | {
        one.id: (one, one.share_class) for one in waiting
    }
    kinds = await investors.kinds(session, {one.client_id for one, _ in sold.values()})
    return {
        dealing_id: Sale(one.channel_id, one.product_id, one.confirmed_on, share_class, kinds.get(one.client_id))
        for dealing_id, (one, share_class) in sold.items()
        if one.channel_id is not None
    }


def ids_of(events: Sequence[DealingEvent]) -> set[UUID]:
    """Return the dealings that `events` are about, those they redeem or take back included."""
    ids = {event.dealing_id for event in events}
    return ids | {event.original_dealing_id for event in events if not isinstance(event, SubscriptionConfirmed)}


def keep(session: AsyncSession, known: Known, received: Received[DealingEvent]) -> Dealing | None:
    """Keep what an event tells; return the subscription whose fees it may change, if that is known by now."""
    event = received.event
    if isinstance(event, DealingReversed):
        if event.original_kind == "distribution":
            return None
        dealing = _remembered(session, known, event.original_dealing_id, DealingKind(event.original_kind), received)
        dealing.reversed_by = dealing.reversed_by or received.id
    else:
        is_redemption = isinstance(event, RedemptionConfirmed)
        kind = DealingKind.REDEMPTION if is_redemption else DealingKind.SUBSCRIPTION
        dealing = _remembered(session, known, event.dealing_id, kind, received)
        dealing.event_id = dealing.event_id or received.id
        if isinstance(event, RedemptionConfirmed):
            dealing.subscription_id, dealing.is_full = event.original_dealing_id, event.is_full
            known.add([dealing])
    return _subscription(known, dealing)


def _remembered(
    session: AsyncSession, known: Known, dealing_id: UUID, kind: DealingKind, received: Received[DealingEvent]
) -> Dealing:
    if dealing_id not in known.by_id:
        event = received.event
        dealing = Dealing(
            id=dealing_id,
            kind=kind,
            client_id=event.client_id,
            product_id=event.product_id,
            share_class=event.share_class,
            channel_id=event.channel_id,
            confirmation_number=event.confirmation_number,
            amount_fen=event.amount.fen,
            confirmed_on=event.confirmed_on,
            heard_at=received.time,
        )
        session.add(dealing)
        known.add([dealing])
    return known.by_id[dealing_id]


def _subscription(known: Known, dealing: Dealing) -> Dealing | None:
    if dealing.kind is DealingKind.SUBSCRIPTION:
        for redemption in known.redemptions[dealing.id]:
            redemption.refusal = None
        return dealing
    if dealing.subscription_id is None:
        return None
    subscription = known.by_id.get(dealing.subscription_id)
    dealing.refusal = Refusal.SUBSCRIPTION_UNKNOWN if subscription is None else None
    return subscription
