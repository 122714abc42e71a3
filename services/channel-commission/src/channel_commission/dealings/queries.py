from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.dealings.rules import DealingKind, Refusal
from channel_commission.dealings.tables import Dealing
from shared.errors import NotFound
from shared.http.callers import Actor


async def anchors(session: AsyncSession, ids: Collection[UUID]) -> list[tuple[UUID, UUID | None]]:
    """Return for each known dealing its subscription (itself, unless it is a redemption) and the channel of that."""
    statement = text(
        "SELECT coalesce(dealing.subscription_id, dealing.id), coalesce(subscription.channel_id, dealing.channel_id)"
        " FROM dealing LEFT JOIN dealing AS subscription ON subscription.id = dealing.subscription_id"
        " WHERE dealing.id = ANY(:ids)"
    )
    rows = await session.execute(statement, {"ids": list(ids)})
    return [(subscription_id, channel_id) for subscription_id, channel_id in rows]


async def with_redemptions(session: AsyncSession, ids: Collection[UUID]) -> list[Dealing]:
    """Return the dealings `ids` and the redemptions of them."""
    statement = (
        select(Dealing)
        .where(or_(col(Dealing.id).in_(ids), col(Dealing.subscription_id).in_(ids)))
        .order_by(col(Dealing.id))
        .execution_options(populate_existing=True)
    )
    return list((await session.execute(statement)).scalars())


async def get_dealing(session: AsyncSession, dealing_id: UUID) -> Dealing:
    dealing = await session.get(Dealing, dealing_id)
    if dealing is None:
        raise NotFound("No dealing has this id.")
    return dealing


async def refused_of_channels(
    session: AsyncSession, channel_ids: Collection[UUID], after: UUID | None, limit: int
) -> list[Dealing]:
    statement = select(Dealing).where(
        col(Dealing.channel_id).in_(channel_ids),
        col(Dealing.kind) == DealingKind.SUBSCRIPTION,
        col(Dealing.refusal).is_not(None),
        col(Dealing.reversed_by).is_(None),
    )
    if after is not None:
        statement = statement.where(col(Dealing.id) > after)
    return list((await session.execute(statement.order_by(col(Dealing.id)).limit(limit))).scalars())


async def sold_in(session: AsyncSession, channel_id: UUID, since: date, until: date, limit: int) -> list[UUID]:
    statement = (
        select(col(Dealing.id))
        .where(
            col(Dealing.channel_id) == channel_id,
            col(Dealing.kind) == DealingKind.SUBSCRIPTION,
            col(Dealing.event_id).is_not(None),
            col(Dealing.reversed_by).is_(None),
            col(Dealing.confirmed_on) >= since,
            col(Dealing.confirmed_on) < until,
        )
        .order_by(col(Dealing.confirmed_on), col(Dealing.id))
        .limit(limit)
    )
    return list((await session.execute(statement)).scalars())


async def without_trailing(session: AsyncSession, through: str, limit: int) -> list[UUID]:
    statement = text(
        "SELECT id FROM dealing WHERE trailing_rule_id IS NOT NULL AND to_char(confirmed_on, 'YYYY-MM') <= :through"
        " AND (trailing_through IS NULL OR trailing_through < :through) ORDER BY id LIMIT :limit"
    )
    return list((await session.execute(statement, {"through": through, "limit": limit})).scalars())


def select_refused(actor: Actor, *, channel_id: UUID | None, reason: Refusal | None) -> Select[Dealing]:
    statement = select(Dealing).where(
        col(Dealing.refusal).is_not(None),
        col(Dealing.reversed_by).is_(None),
        actor.within(channel=col(Dealing.channel_id)),
    )
    if channel_id is not None:
        statement = statement.where(col(Dealing.channel_id) == channel_id)
    return statement if reason is None else statement.where(col(Dealing.refusal) == reason)
