from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, Select, cast, func, select
from sqlalchemy.ext.asyncio import AsyncResult, AsyncSession
from sqlmodel import col

from channel_commission.accruals.tables import AccrualEntry
from channel_commission.agreements.tables import Agreement, RateCard
from channel_commission.channels.tables import Channel
from channel_commission.dealings.tables import Dealing
from channel_commission.rates.tables import RateRule

#: Rows read at a time: a statement of any length takes no more memory.
_AT_ONCE = 1000


async def channel(session: AsyncSession, channel_id: UUID) -> Channel:
    return (await session.execute(select(Channel).where(col(Channel.id) == channel_id))).scalar_one()


async def lines(session: AsyncSession, entries: Select[AccrualEntry]) -> AsyncIterator[list[Row[Any]]]:
    """Yield the entries some at a time, in the order of their ids, each with the number its sale is known by."""
    statement = (
        entries.with_only_columns(
            col(AccrualEntry.id),
            col(AccrualEntry.business_date),
            col(AccrualEntry.earned_period),
            func.coalesce(col(Dealing.confirmation_number), "").label("confirmation_number"),
            col(AccrualEntry.product_id),
            col(AccrualEntry.component),
            col(AccrualEntry.kind),
            col(AccrualEntry.base_fen),
            col(AccrualEntry.amount_fen),
            col(AccrualEntry.corrects_entry_id),
        )
        .outerjoin(Dealing, col(Dealing.id) == col(AccrualEntry.dealing_id))
        .order_by(col(AccrualEntry.id))
    )
    found: AsyncResult[Any] = await session.stream(statement)
    async for some in found.partitions(_AT_ONCE):
        yield list(some)


async def items(session: AsyncSession, entries: Select[AccrualEntry]) -> list[Row[Any]]:
    """Return the entries summed up by product, fee and kind."""
    by = (col(AccrualEntry.product_id), col(AccrualEntry.component), col(AccrualEntry.kind))
    total = cast(func.sum(col(AccrualEntry.amount_fen)), BigInteger)
    statement = entries.with_only_columns(*by, func.count(), total).group_by(*by)
    return list(await session.execute(statement.order_by(*by)))


async def agreements(session: AsyncSession, entries: Select[AccrualEntry]) -> list[tuple[str, int]]:
    """Return the agreements, with the versions of their rate cards, by which the entries are calculated."""
    rules = entries.with_only_columns(col(AccrualEntry.rate_rule_id)).distinct()
    statement = (
        select(col(Agreement.number), col(RateCard.version))
        .join(RateCard, col(RateCard.agreement_id) == col(Agreement.id))
        .join(RateRule, col(RateRule.card_id) == col(RateCard.id))
        .where(col(RateRule.id).in_(rules))
        .distinct()
        .order_by(col(Agreement.number), col(RateCard.version))
    )
    return [(number, version) for number, version in await session.execute(statement)]


async def total_before(session: AsyncSession, lines: Select[AccrualEntry], entry_id: UUID) -> int:
    """Return the sum of a statement's lines that come before one of them, in fen."""
    total = func.coalesce(func.sum(col(AccrualEntry.amount_fen)), 0)
    statement = lines.where(col(AccrualEntry.id) < entry_id).with_only_columns(total)
    return int((await session.execute(statement)).scalar_one())
