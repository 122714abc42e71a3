from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accruals.rules import Account, Paid
from channel_commission.accruals.tables import AccrualEntry
from channel_commission.cycles.rules import Run, cycle_of
from channel_commission.products.rules import Bearer
from shared.errors import NotFound
from shared.http.callers import Actor
from shared.lineage.clients import is_about

#: Both runs of an agreement that settles at establishment are one account.
_RUN = "replace(run, 'after_establishment', 'at_establishment')"


async def by_account(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, dict[Account, Paid]]:
    """Return for each dealing, by account, the fees less what is disputed, and what is withheld of that.

    A disputed line counts as gone until it is decided, then with what it is worth.
    """
    statement = text(
        f"SELECT dealing_id, channel_id, {_RUN} AS run, (array_agg(rate_rule_id ORDER BY id))[1] AS rate_rule_id,"
        " coalesce(sum(amount_fen) FILTER (WHERE component <> 'withheld'), 0)::bigint AS fen,"
        " coalesce(sum(amount_fen) FILTER (WHERE component = 'withheld'), 0)::bigint AS withheld_fen"
        " FROM accrual_entry WHERE dealing_id = ANY(:ids) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    found: dict[UUID, dict[Account, Paid]] = {}
    for row in await session.execute(statement, {"ids": list(dealing_ids)}):
        found.setdefault(row.dealing_id, {})[_account(row)] = Paid(row.fen, row.withheld_fen, row.rate_rule_id)
    return found


async def corrected(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, dict[Account, tuple[int, UUID]]]:
    """Return for each dealing, by account, what decided disputes changed and nothing took back (fen, not 0).

    Beside it a rate by which the lines were booked.
    """
    statement = text(
        f"SELECT dealing_id, channel_id, {_RUN} AS run, (array_agg(rate_rule_id ORDER BY id))[1] AS rate_rule_id,"
        " sum(amount_fen)::bigint AS fen FROM accrual_entry"
        " WHERE dealing_id = ANY(:ids) AND component = 'disputed' AND kind IN ('adjust', 'reverse')"
        " GROUP BY 1, 2, 3 HAVING sum(amount_fen) <> 0 ORDER BY 1, 2, 3"
    )
    found: dict[UUID, dict[Account, tuple[int, UUID]]] = {}
    for row in await session.execute(statement, {"ids": list(dealing_ids)}):
        found.setdefault(row.dealing_id, {})[_account(row)] = (row.fen, row.rate_rule_id)
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
