from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from client_profile.clients import service as clients
from client_profile.dealings import queries as dealing_queries
from client_profile.dealings import service as dealings
from client_profile.dealings.rules import PAR, require_order
from client_profile.milestones import rules
from client_profile.milestones.schemas import MilestoneRead
from client_profile.products import service as products
from client_profile.products.rules import is_open_ended
from client_profile.products.tables import Product
from shared.audit import trail
from shared.delivery import outbox


async def establish(session: AsyncSession, product_id: UUID, *, established_on: date, now: datetime) -> MilestoneRead:
    """Establish a plan: every paid subscription is confirmed at par, and class and holdings of its clients follow.

    Subscriptions that are signed and not paid are cancelled, unless the plan goes on taking money.

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: it raises no money.
        DateInFuture, DateOutOfOrder: the day has not come yet, or lies before a payment.
    """
    product = await products.establish(session, product_id, established_on=established_on, now=now)
    known = await clients.lock_many(session, await dealing_queries.list_open_clients(session, product_id))
    last_paid_on = await dealing_queries.last_paid_on(session, product_id)
    require_order(last_paid_on or established_on, established_on, pointer="/established_on")
    confirmed = await dealing_queries.confirm_paid(session, product_id, on=established_on, net_value=PAR)
    events = [(dealing, dealings.confirmation(dealing, now=now)) for dealing in confirmed]
    await outbox.record_many(session, events)
    holders = {dealing.client_id for dealing in confirmed}
    await dealings.classify(session, {id_: client for id_, client in known.items() if id_ in holders}, now=now)
    cancelled = 0 if is_open_ended(product.term_months) else await dealing_queries.cancel_open(session, product_id)
    return await _told(session, product, "established", confirmed=len(confirmed), cancelled=cancelled)


async def fail(session: AsyncSession, product_id: UUID, *, now: datetime) -> MilestoneRead:
    """Record that the raising failed: its subscriptions are cancelled, money paid goes back.

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: it raises no money.
    """
    product = await products.fail(session, product_id, now=now)
    await clients.lock_many(session, await dealing_queries.list_open_clients(session, product_id))
    cancelled = await dealing_queries.cancel_open(session, product_id)
    return await _told(session, product, "failed", confirmed=0, cancelled=cancelled)


async def liquidate(session: AsyncSession, product_id: UUID, *, now: datetime) -> MilestoneRead:
    """Record that a plan was wound up; nobody holds it any more.

    Raises:
        NotFound: no product has this id.
        ProductStateForbids: it is not matured.
        StillHeld: somebody holds it.
    """
    product = await products.liquidate(session, product_id, now=now)
    rules.require_nothing_left(await dealing_queries.left_of_product(session, product_id))
    await clients.lock_many(session, await dealing_queries.list_open_clients(session, product_id))
    cancelled = await dealing_queries.cancel_open(session, product_id)
    return await _told(session, product, "liquidated", confirmed=0, cancelled=cancelled)


async def _told(
    session: AsyncSession, product: Product, milestone: str, *, confirmed: int, cancelled: int
) -> MilestoneRead:
    facts = {"confirmed": confirmed, "cancelled": cancelled}
    await trail.record(session, f"product.{milestone}", kind="product", id=product.id, facts=facts)
    return MilestoneRead(product_id=product.id, status=product.status, established_on=product.established_on, **facts)
