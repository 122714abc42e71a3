from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from channel_commission.accruals.tables import AccrualEntry
from channel_commission.dealings.tables import Dealing
from channel_commission.reconciliations.rules import Finding
from channel_commission.reconciliations.tables import Reconciliation, ReconciliationFinding
from shared.errors import NotFound

_COLUMNS = ("reconciliation_id", "place", "finding", "number", "our_fen", "their_fen", "ours", "theirs")

_UNRESOLVED = "reason IS NULL AND (finding <> 'matched' OR our_fen <> their_fen)"
_BY_FINDING = text(
    "SELECT reconciliation_id, finding, count(*) AS findings, sum(our_fen - their_fen)::bigint AS difference_fen,"
    f" count(*) FILTER (WHERE {_UNRESOLVED}) AS unresolved"
    " FROM reconciliation_finding WHERE reconciliation_id = ANY(:ids) GROUP BY 1, 2 ORDER BY 1, 2"
)
_PAID = text(
    "SELECT id, payment_reference, paid_on, payment_fen AS fen FROM statement"
    " WHERE paid_on >= CAST(:month || '-01' AS date) AND paid_on < CAST(:month || '-01' AS date) + interval '1 month'"
    " ORDER BY id"
)


async def lock_inputs(session: AsyncSession, inputs_sha256: str) -> Reconciliation | None:
    """Wait for whoever compares the same, then return what came of it."""
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended('reconciliation ' || :inputs, 0))")
    await session.execute(lock, {"inputs": inputs_sha256})
    statement = select(Reconciliation).where(col(Reconciliation.inputs_sha256) == inputs_sha256)
    return (await session.execute(statement)).scalar_one_or_none()


async def lines(session: AsyncSession, entries: Select[AccrualEntry]) -> list[Row[Any]]:
    statement = entries.with_only_columns(
        col(AccrualEntry.id),
        func.coalesce(col(Dealing.confirmation_number), "").label("confirmation_number"),
        col(AccrualEntry.business_date),
        col(AccrualEntry.product_id),
        col(AccrualEntry.base_fen),
        col(AccrualEntry.amount_fen),
    ).outerjoin(Dealing, col(Dealing.id) == col(AccrualEntry.dealing_id))
    return list(await session.execute(statement.order_by(col(AccrualEntry.id))))


async def payments(session: AsyncSession, month: str) -> list[Row[Any]]:
    return list(await session.execute(_PAID, {"month": month}))


async def get(session: AsyncSession, reconciliation_id: UUID) -> Reconciliation:
    statement = select(Reconciliation).where(col(Reconciliation.id) == reconciliation_id)
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("No reconciliation has this id.")
    return found


async def by_finding(session: AsyncSession, ids: Collection[UUID]) -> list[Row[Any]]:
    return list(await session.execute(_BY_FINDING, {"ids": list(ids)}))


def select_reconciliations(statement_id: UUID | None, paid_in: str | None) -> Select[Reconciliation]:
    wanted = {col(Reconciliation.statement_id): statement_id, col(Reconciliation.paid_in): paid_in}
    return select(Reconciliation).where(*(column == value for column, value in wanted.items() if value is not None))


def select_findings(
    reconciliation_id: UUID, finding: Finding | None, unresolved: bool | None
) -> Select[ReconciliationFinding]:
    statement = select(ReconciliationFinding).where(col(ReconciliationFinding.reconciliation_id) == reconciliation_id)
    if finding is not None:
        statement = statement.where(col(ReconciliationFinding.finding) == finding)
    if unresolved is not None:
        statement = statement.where(text(_UNRESOLVED if unresolved else f"NOT ({_UNRESOLVED})"))
    return statement


async def lock_finding(session: AsyncSession, reconciliation_id: UUID, place: int) -> ReconciliationFinding:
    statement = (
        select(ReconciliationFinding)
        .where(
            col(ReconciliationFinding.reconciliation_id) == reconciliation_id,
            col(ReconciliationFinding.place) == place,
        )
        .with_for_update()
    )
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("The reconciliation has no such finding.")
    return found
