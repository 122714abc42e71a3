from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.agreements.rules import CardStatus
from channel_commission.agreements.tables import Agreement, RateCard
from channel_commission.rates.tables import RateRule
from shared.errors import NotFound
from shared.http.callers import Actor


def _holds_on(day: date) -> ColumnElement[bool]:
    ends_later = or_(col(RateRule.valid_to).is_(None), col(RateRule.valid_to) > day)
    return col(RateRule.is_in_force) & (col(RateRule.valid_from) <= day) & ends_later


async def get_agreement(session: AsyncSession, agreement_id: UUID, *, actor: Actor | None = None) -> Agreement:
    statement = select(Agreement).where(col(Agreement.id) == agreement_id)
    if actor is not None:
        statement = statement.where(actor.within(channel=col(Agreement.channel_id)))
    agreement = (await session.execute(statement)).scalar_one_or_none()
    if agreement is None:
        raise NotFound("No agreement has this id.")
    return agreement


async def number_is_used(session: AsyncSession, number: str) -> bool:
    statement = select(col(Agreement.id)).where(col(Agreement.number) == number)
    return (await session.execute(statement)).scalar_one_or_none() is not None


def select_agreements(actor: Actor, channel_id: UUID | None) -> Select[Agreement]:
    statement = select(Agreement).where(actor.within(channel=col(Agreement.channel_id)))
    return statement if channel_id is None else statement.where(col(Agreement.channel_id) == channel_id)


async def get_card(session: AsyncSession, agreement_id: UUID, version: int, *, for_update: bool = False) -> RateCard:
    statement = select(RateCard).where(col(RateCard.agreement_id) == agreement_id, col(RateCard.version) == version)
    if for_update:
        statement = statement.with_for_update()
    card = (await session.execute(statement)).scalar_one_or_none()
    if card is None:
        raise NotFound("The agreement has no such version of its rate card.")
    return card


async def cards(session: AsyncSession, agreement_ids: Collection[UUID]) -> list[RateCard]:
    statement = select(RateCard).where(col(RateCard.agreement_id).in_(agreement_ids)).order_by(col(RateCard.version))
    return list((await session.execute(statement)).scalars())


async def last_version(session: AsyncSession, agreement_id: UUID) -> int:
    statement = select(func.max(col(RateCard.version))).where(col(RateCard.agreement_id) == agreement_id)
    return (await session.execute(statement)).scalar_one() or 0


async def rules_of(session: AsyncSession, card_ids: Collection[UUID]) -> list[RateRule]:
    statement = select(RateRule).where(col(RateRule.card_id).in_(card_ids)).order_by(col(RateRule.id))
    return list((await session.execute(statement)).scalars())


async def delete_rules(session: AsyncSession, card_id: UUID) -> None:
    await session.execute(delete(RateRule).where(col(RateRule.card_id) == card_id))


async def latest_approved(session: AsyncSession, agreement_id: UUID) -> RateCard | None:
    statement = (
        select(RateCard)
        .where(col(RateCard.agreement_id) == agreement_id, col(RateCard.status) == CardStatus.APPROVED)
        .order_by(col(RateCard.valid_from).desc(), col(RateCard.version).desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def last_priced_on(session: AsyncSession, rules: Sequence[RateRule]) -> date | None:
    # Dealings are kept by accruals, a feature above this one; only their last business date matters here.
    statement = text(
        "SELECT max(confirmed_on) FROM dealing WHERE rate_rule_id = ANY(:rules) OR trailing_rule_id = ANY(:rules)"
        " OR override_rule_id = ANY(:rules)"
    )
    found: date | None = (await session.execute(statement, {"rules": [rule.id for rule in rules]})).scalar_one()
    return found


async def overlapping(session: AsyncSession, agreement_id: UUID, rules: Sequence[RateRule]) -> UUID | None:
    """Return a product (of `rules`) that another agreement of the channel prices on the same days; None if none."""
    statement = text(
        "SELECT wanted.id FROM rate_rule AS wanted JOIN rate_rule AS other ON other.is_in_force"
        " AND other.channel_id = wanted.channel_id AND other.component = wanted.component"
        " AND other.product_id IS NOT DISTINCT FROM wanted.product_id"
        " AND other.product_kind IS NOT DISTINCT FROM wanted.product_kind"
        " AND other.share_class IS NOT DISTINCT FROM wanted.share_class"
        " AND other.investor_kind IS NOT DISTINCT FROM wanted.investor_kind"
        " AND daterange(other.valid_from, other.valid_to) && daterange(wanted.valid_from, wanted.valid_to)"
        " JOIN rate_card ON rate_card.id = other.card_id AND rate_card.agreement_id <> :agreement"
        " WHERE wanted.id = ANY(:rules) LIMIT 1"
    )
    wanted = {"agreement": agreement_id, "rules": [rule.id for rule in rules]}
    return (await session.execute(statement, wanted)).scalar_one_or_none()


async def is_in_force(session: AsyncSession, channel_id: UUID, day: date) -> bool:
    statement = select(col(RateRule.id)).where(col(RateRule.channel_id) == channel_id, _holds_on(day)).limit(1)
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def origin_of_rule(session: AsyncSession, rule_id: UUID) -> tuple[Agreement, RateCard]:
    statement = (
        select(Agreement, RateCard)
        .join(RateCard, col(RateCard.agreement_id) == col(Agreement.id))
        .join(RateRule, col(RateRule.card_id) == col(RateCard.id))
        .where(col(RateRule.id) == rule_id)
    )
    agreement, card = (await session.execute(statement)).one()
    return agreement, card
