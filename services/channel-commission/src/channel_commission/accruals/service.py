from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from channel_commission.accounts.rules import Account, Corrected, Paid
from channel_commission.accruals import queries
from channel_commission.accruals.schemas import AccrualRead
from channel_commission.accruals.tables import AccrualEntry
from shared.erasure.guard import erased_among
from shared.http.callers import Actor


async def by_account(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, dict[Account, Paid]]:
    """Return by dealing and account the fen not disputed, and what is withheld of them."""
    return await queries.by_account(session, dealing_ids)


async def corrected(session: AsyncSession, dealing_ids: Collection[UUID]) -> dict[UUID, dict[Account, Corrected]]:
    """Return by dealing and account what decided disputes changed of its lines, less what was taken back."""
    return await queries.corrected(session, dealing_ids)


async def by_month_earned(
    session: AsyncSession, dealing_ids: Collection[UUID], *, through: str
) -> list[tuple[str, int]]:
    """Return the fees booked for dealings by the month earned, up to `through`; what is withheld counts as earned."""
    return await queries.by_month_earned(session, dealing_ids, through)


async def read(session: AsyncSession, entries: Sequence[AccrualEntry]) -> list[AccrualRead]:
    """Return entries as everybody reads them: those of erased clients without their client."""
    gone = await erased_among(session, {entry.client_id for entry in entries if entry.client_id is not None})
    shown = [AccrualRead.model_validate(entry) for entry in entries]
    return [one.model_copy(update={"client_id": None}) if one.client_id in gone else one for one in shown]


async def get(session: AsyncSession, accrual_id: UUID, *, actor: Actor) -> AccrualEntry:
    """Return an entry.

    Raises:
        NotFound: the caller reaches no entry with this id.
    """
    return await queries.get_entry(session, accrual_id, actor)


def select_lines(actor: Actor, **of_statement: Any) -> Select[AccrualEntry]:
    """Return the select of a statement's entries: by its `channel_id`, `run`, `months`, `bearer` and `product_id`."""
    return queries.select_entries(actor, **of_statement)
