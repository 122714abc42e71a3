from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.dealings import queries as dealing_queries
from client_profile.dealings import rules
from client_profile.dealings import service as dealings
from client_profile.dealings.rules import DealingKind, DealingStatus
from client_profile.dealings.tables import Dealing
from client_profile.identity.service import Keys
from client_profile.products import service as products
from client_profile.products.rules import require_past, require_share_class
from client_profile.sales import service as sales
from client_profile.sales.tables import SaleCheck
from client_profile.subscriptions.schemas import Confirmation, Payment, SubscriptionCreate
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.http.callers import Actor


async def subscribe(
    session: AsyncSession, wanted: SubscriptionCreate, *, actor: Actor, keys: Keys, now: datetime
) -> tuple[SaleCheck, Dealing | None]:
    """Sign a subscription if the sale gate allows it; the check is kept either way.

    Returns:
        The check, and the dealing unless the gate refused it.

    Raises:
        ClientUnknown: no client within the actor's reach has this id.
        ProductUnknown: no product has this id.
        ShareClassUnknown: the product has no such share class.
        OtherChannel: a channel sells for another one.
        ChannelNotYetKnown: nothing has been heard of the channel.
    """
    # Product before client, everywhere: whoever establishes a plan locks them in this order too.
    product = await products.hold(session, wanted.product_id, pointer="/product_id")
    client = await sales.named_client(session, wanted.client_id, actor, for_update=True)
    require_share_class(wanted.share_class, product.share_classes)
    check = await sales.check(session, wanted, actor=actor, keys=keys, now=now)
    if not check.allowed:
        return check, None
    today = business_date(now)
    [sequence] = await dealing_queries.next_numbers(session, 1)
    dealing = Dealing(
        event_key=client.id,
        number=rules.readable_number(today.year, sequence),
        kind=DealingKind.SUBSCRIPTION,
        status=DealingStatus.SIGNED,
        channel_id=check.channel_id,
        amount_fen=wanted.amount.fen,
        applied_on=today,
        origin=dealings.HOUSE,
        sale_check_id=check.id,
        recorded_at=now,
        **wanted.model_dump(exclude={"amount", "channel_id"}),
    )
    session.add(dealing)
    await session.flush()
    return check, dealing


async def pay(session: AsyncSession, dealing_id: UUID, wanted: Payment, *, actor: Actor, now: datetime) -> Dealing:
    """Record that a subscription was paid from the client's own account.

    Raises:
        NotFound: no dealing within the actor's reach has this id.
        DealingStateForbids: it is not waiting for money.
        NotTheClientsAccount: somebody else paid.
        DateInFuture, DateOutOfOrder: the day has not come yet, or lies before the signing.
    """
    dealing, _ = await dealings.locked(session, dealing_id, actor)
    status = rules.next_status(dealing.status, "pay")
    require_past(wanted.paid_on, business_date(now), pointer="/paid_on")
    rules.require_order(dealing.applied_on, wanted.paid_on, pointer="/paid_on")
    rules.require_own_account(wanted.payer_account_name_matches)
    dealing.status, dealing.paid_on = status, wanted.paid_on
    await trail.record(session, "dealing.paid", kind="dealing", id=dealing.id, facts=wanted.model_dump(mode="json"))
    return dealing


async def confirm(
    session: AsyncSession, dealing_id: UUID, wanted: Confirmation, *, actor: Actor, now: datetime
) -> Dealing:
    """Confirm a paid subscription of an open-ended plan that runs already (申购确认).

    Raises:
        NotFound: no dealing within the actor's reach has this id.
        DealingStateForbids: it is not paid.
        ConfirmedByEstablishment: the plan is not an open-ended one that runs.
        DateInFuture, DateOutOfOrder: the day has not come yet, or lies before the payment.
    """
    product = await products.hold(session, (await dealing_queries.get_dealing(session, dealing_id, actor)).product_id)
    dealing, client = await dealings.locked(session, dealing_id, actor)
    status = rules.next_status(dealing.status, "confirm")
    rules.require_running(product.status, product.term_months)
    require_past(wanted.confirmed_on, business_date(now), pointer="/confirmed_on")
    rules.require_order(dealing.paid_on or dealing.applied_on, wanted.confirmed_on, pointer="/confirmed_on")
    dealing.status, dealing.confirmed_on = status, wanted.confirmed_on
    dealing.confirmation_number = wanted.confirmation_number
    dealing.net_value, dealing.units = wanted.net_value, rules.units_for(dealing.amount_fen, wanted.net_value)
    await outbox.record(session, dealing, dealings.confirmation(dealing, now=now))
    await dealings.classify(session, {client.id: client}, now=now)
    return dealing


async def cancel(session: AsyncSession, dealing_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Dealing:
    """Cancel a subscription that is not confirmed, with the reason in the audit trail.

    Raises:
        NotFound: no dealing within the actor's reach has this id.
        DealingStateForbids: it is confirmed or over.
    """
    dealing, _ = await dealings.locked(session, dealing_id, actor)
    dealing.status = rules.next_status(dealing.status, "cancel")
    await trail.record(session, "dealing.cancelled", kind="dealing", id=dealing.id, reason=reason)
    return dealing
