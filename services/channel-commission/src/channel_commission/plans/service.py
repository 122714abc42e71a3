from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.channels import service as channels
from channel_commission.plans import queries, rules
from channel_commission.plans.schemas import QuotaCreate, QuotaRead
from channel_commission.plans.tables import SalesQuota
from channel_commission.products import service as products
from shared import policy
from shared.audit import trail
from shared.clock import business_date
from shared.delivery import outbox
from shared.events.channels import ChannelQuotaReached
from shared.http.callers import Actor


async def set_quota(
    session: AsyncSession, channel_id: UUID, wanted: QuotaCreate, *, actor: Actor, now: datetime
) -> SalesQuota:
    """Keep what a channel may sell of a product in a time.

    Raises:
        NotFound: no channel has this id.
        ProductNotYetKnown: the product has not been heard of yet.
        QuotaPeriodEmpty, QuotaOverlaps: it has no days, or another one holds on some of them.
    """
    rules.require_days(wanted.valid_from, wanted.valid_until)
    await channels.get(session, channel_id, lock=True)
    await products.require_known(session, {"/product_id": wanted.product_id})
    if await queries.overlaps(session, channel_id, wanted.product_id, wanted.valid_from, wanted.valid_until):
        raise rules.QuotaOverlaps("Another quota of this product holds on some of these days.")
    quota = SalesQuota(
        channel_id=channel_id,
        amount_fen=wanted.amount.fen,
        recorded_by=actor.id,
        recorded_at=now,
        **wanted.model_dump(exclude={"amount"}),
    )
    session.add(quota)
    await session.flush()
    facts = {"quota_id": quota.id, "amount_fen": quota.amount_fen, "valid_from": quota.valid_from}
    await trail.record(session, "quota.set", kind="channel", id=channel_id, reason=wanted.plan, facts=facts)
    return quota


async def read_all(session: AsyncSession, quotas: Sequence[SalesQuota]) -> list[QuotaRead]:
    """Return quotas with what was sold of each."""
    sold = await queries.sold(session, [quota.id for quota in quotas])
    return [QuotaRead.of(quota, sold[quota.id]) for quota in quotas]


async def watch(session: AsyncSession, now: datetime, limit: int) -> int:
    """Raise the alarm of quotas that are nearly or wholly used; each share once; a timer's work."""
    thresholds = (await policy.row(session, "channel.quota_alarm_percents", on=business_date(now))).value
    due = await queries.lock_to_alarm(session, thresholds, limit)
    for quota, sold_fen in due:
        quota.alarm_given = percent = rules.alarm_percent(sold_fen, quota.amount_fen, thresholds)
        channel = await channels.get(session, quota.channel_id, lock=True)
        event = ChannelQuotaReached(
            occurred_at=now, channel_id=channel.id, product_id=quota.product_id, quota_id=quota.id, percent=percent
        )
        await outbox.record(session, channel, event)
    return len(due)
