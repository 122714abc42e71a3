from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accruals.rules import Booked
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.products.rules import Bearer
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.lineage.clients import is_about


class TierGroup(NamedTuple):
    """What one tiered tariff is measured on: a channel's month in a product (a rate belongs to one channel)."""

    rate_rule_id: UUID
    product_id: UUID
    bearer: Bearer
    earned_period: str


async def booked(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, tuple[Booked, UUID]]:
    """Return what is booked for each dealing that has entries, and its last entry."""
    statement = text(
        "SELECT dealing_id, sum(amount_fen)::bigint AS fen, sum(base_fen)::bigint AS base_fen,"
        " (array_agg(id ORDER BY id DESC))[1] AS last_id"
        " FROM accrual_entry WHERE dealing_id = ANY(:ids) GROUP BY dealing_id"
    )
    rows = await session.execute(statement, {"ids": list(dealing_ids)})
    return {row.dealing_id: (Booked(row.fen, row.base_fen), row.last_id) for row in rows}


async def booked_in_groups(session: AsyncSession, groups: Collection[TierGroup]) -> dict[TierGroup, Booked]:
    """Return volume and fees booked in each group that has entries."""
    statement = text(
        "SELECT rate_rule_id, product_id, bearer, earned_period,"
        " sum(amount_fen)::bigint AS fen, sum(base_fen)::bigint AS base_fen FROM accrual_entry"
        " JOIN unnest(CAST(:rules AS uuid[]), CAST(:products AS uuid[]), CAST(:bearers AS text[]),"
        "  CAST(:periods AS char(7)[])) AS wanted (rate_rule_id, product_id, bearer, earned_period)"
        " USING (rate_rule_id, product_id, bearer, earned_period) GROUP BY 1, 2, 3, 4"
    )
    rules, products, bearers, periods = zip(*groups, strict=True) if groups else ((), (), (), ())
    wanted = {
        "rules": [*rules], "products": [*products], "bearers": [bearer.value for bearer in bearers],
        "periods": [*periods],
    }  # fmt: skip
    return {
        TierGroup(row.rate_rule_id, row.product_id, Bearer(row.bearer), row.earned_period): Booked(
            row.fen, row.base_fen
        )
        for row in await session.execute(statement, wanted)
    }


async def latest(session: AsyncSession, group: TierGroup, fen: int) -> list[tuple[UUID, int]]:
    """Return the dealings of a group, with the fee booked for each, the latest first, until they make up `fen`.

    Dealings taken back are left out; those that earned nothing are not: after a change below them they may earn.
    """
    statement = text(
        "SELECT dealing_id, fen FROM ("
        " SELECT dealing_id, fen, coalesce(sum(fen) OVER ("
        "   ORDER BY first_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS above, first_id"
        " FROM (SELECT dealing_id, sum(amount_fen)::bigint AS fen, (array_agg(id ORDER BY id))[1] AS first_id"
        "  FROM accrual_entry"
        "  WHERE rate_rule_id = :rule AND product_id = :product AND bearer = :bearer AND earned_period = :period"
        "  GROUP BY dealing_id HAVING sum(base_fen) > 0) AS per_dealing) AS stack"
        " WHERE above < :fen ORDER BY first_id DESC"
    )
    wanted = {
        "rule": group.rate_rule_id, "product": group.product_id, "bearer": group.bearer.value,
        "period": group.earned_period, "fen": fen,
    }  # fmt: skip
    return [(row.dealing_id, row.fen) for row in await session.execute(statement, wanted)]


def select_entries(
    actor: Actor,
    *,
    client_id: UUID | None = None,
    channel_id: UUID | None = None,
    dealing_id: UUID | None = None,
    period: str | None = None,
    bearer: Bearer | None = None,
    product_id: UUID | None = None,
) -> Select[AccrualEntry]:
    wanted = {
        col(AccrualEntry.channel_id): channel_id,
        col(AccrualEntry.dealing_id): dealing_id,
        col(AccrualEntry.booked_period): period,
        col(AccrualEntry.bearer): bearer,
        col(AccrualEntry.product_id): product_id,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if client_id is not None:
        conditions.append(is_about(col(AccrualEntry.client_id), client_id))
    return select(AccrualEntry).where(actor.within(channel=col(AccrualEntry.channel_id)), *conditions)


async def get_entry(session: AsyncSession, entry_id: UUID, actor: Actor) -> AccrualEntry:
    statement = select(AccrualEntry).where(
        col(AccrualEntry.id) == entry_id, actor.within(channel=col(AccrualEntry.channel_id))
    )
    entry = (await session.execute(statement)).scalar_one_or_none()
    if entry is None:
        raise NotFound("No accrual has this id.")
    return entry
