from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accounts.rules import Account, Corrected, Paid
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.cycles.rules import Run, cycle_of
from channel_commission.products.rules import Bearer
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.lineage.clients import is_about

#: Both runs of an agreement that settles at establishment are one account.
_RUN = "replace({}, 'after_establishment', 'at_establishment')"


async def by_account(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, dict[Account, Paid]]:
    """Return for each dealing, by account, the fees less what is disputed, and what is withheld of that.

    A disputed line counts as gone until it is decided, then with what it is worth.
    """
    statement = text(
        f"SELECT dealing_id, channel_id, {_RUN.format('run')} AS run,"
        " (array_agg(rate_rule_id ORDER BY id))[1] AS rate_rule_id,"
        " coalesce(sum(amount_fen) FILTER (WHERE component <> 'withheld'), 0)::bigint AS fen,"
        " coalesce(sum(amount_fen) FILTER (WHERE component = 'withheld'), 0)::bigint AS withheld_fen"
        " FROM accrual_entry WHERE dealing_id = ANY(:ids) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    found: dict[UUID, dict[Account, Paid]] = {}
    for row in await session.execute(statement, {"ids": list(dealing_ids)}):
        found.setdefault(row.dealing_id, {})[_account(row)] = Paid(row.fen, row.withheld_fen, row.rate_rule_id)
    return found


async def corrected(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, dict[Account, Corrected]]:
    """Return for each dealing with corrected lines, by account, what decided disputes changed of them."""
    # Disputes stand above this feature; only which line each decided on matters here.
    statement = text(
        f"SELECT entry.dealing_id, entry.channel_id, {_RUN.format('entry.run')} AS run,"
        " (array_agg(entry.rate_rule_id ORDER BY entry.id))[1] AS rate_rule_id,"
        " sum(entry.amount_fen)::bigint AS fen,"
        " coalesce(sum(entry.amount_fen) FILTER ("
        "  WHERE entry.kind = 'adjust' AND line.component = 'upfront'), 0)::bigint AS fee_fen,"
        " coalesce(sum(entry.amount_fen) FILTER (WHERE entry.kind = 'clawback'), 0)::bigint AS back_fen"
        " FROM accrual_entry AS entry LEFT JOIN line_dispute ON line_dispute.id = entry.event_id"
        " LEFT JOIN accrual_entry AS line ON line.id = line_dispute.accrual_id"
        " WHERE entry.dealing_id = ANY(:ids) AND entry.component = 'disputed'"
        " AND entry.kind IN ('adjust', 'clawback', 'reverse') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    found: dict[UUID, dict[Account, Corrected]] = {}
    for row in await session.execute(statement, {"ids": list(dealing_ids)}):
        changed = Corrected(row.fen, row.fee_fen, row.back_fen, row.rate_rule_id)
        found.setdefault(row.dealing_id, {})[_account(row)] = changed
    return found


def _account(row: Any) -> Account:
    return Account(row.channel_id, cycle_of(Run(row.run)))


async def by_month_earned(session: AsyncSession, dealing_ids: Collection[UUID], through: str) -> list[tuple[str, int]]:
    statement = text(
        "SELECT earned_period, sum(amount_fen)::bigint FROM accrual_entry WHERE dealing_id = ANY(:ids)"
        " AND component IN ('upfront', 'trailing') AND earned_period <= :through GROUP BY 1"
    )
    rows = await session.execute(statement, {"ids": list(dealing_ids), "through": through})
    return [(month, fen) for month, fen in rows]


def select_entries(
    actor: Actor,
    *,
    client_id: UUID | None = None,
    channel_id: UUID | None = None,
    dealing_id: UUID | None = None,
    event_id: UUID | None = None,
    rate_rule_id: UUID | None = None,
    period: str | None = None,
    months: Sequence[str] | None = None,
    bearer: Bearer | None = None,
    product_id: UUID | None = None,
    run: Run | None = None,
) -> Select[AccrualEntry]:
    wanted = {
        col(AccrualEntry.channel_id): channel_id,
        col(AccrualEntry.dealing_id): dealing_id,
        col(AccrualEntry.event_id): event_id,
        col(AccrualEntry.rate_rule_id): rate_rule_id,
        col(AccrualEntry.booked_period): period,
        col(AccrualEntry.bearer): bearer,
        col(AccrualEntry.product_id): product_id,
        col(AccrualEntry.run): run,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if months is not None:
        conditions.append(col(AccrualEntry.booked_period).in_(months))
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
