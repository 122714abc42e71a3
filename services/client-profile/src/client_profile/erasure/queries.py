from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, distinct, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from client_profile.erasure.rules import ErasingService
from client_profile.erasure.tables import Erasure, ErasureAnswer, KnownCase
from shared.erasure.records import PARKED, Records
from shared.erasure.rules import RecordKind

#: A merged client's dealings stand with the surviving one, and its relationship with the house ended with that one's.
_SURVIVOR = "coalesce((SELECT merged_into FROM client WHERE id = :client_id), :client_id)"
_LAST_DEALING = f"SELECT max(confirmed_on) FROM dealing WHERE client_id = {_SURVIVOR}"  # no value stands in it
#: The day the relationship ended, of a client that ever dealt; identity data of one that never did is kept by no law.
_RELATIONSHIP_END = text(
    f"SELECT (closed_at AT TIME ZONE 'Asia/Shanghai')::date FROM client"  # no value stands in it
    f" WHERE id = {_SURVIVOR} AND ({_LAST_DEALING}) IS NOT NULL"
)

#: The table of records: what becomes of each kind when a client is erased, in this order.
RECORDS: tuple[Records, ...] = (
    Records(
        RecordKind.IDENTITY,
        retention="retention.identity_years",
        last_day=_RELATIONSHIP_END,
        delete=(text("DELETE FROM restricted_identity WHERE client_id = :client_id"),),
    ),
    Records(
        RecordKind.SCREENING,
        retention="retention.identity_years",
        last_day=_RELATIONSHIP_END,
        delete=(text("DELETE FROM screening WHERE client_id = :client_id"),),
    ),
    Records(
        RecordKind.DEALING,
        retention="retention.transaction_years",
        last_day=text(_LAST_DEALING),
        delete=(
            text("DELETE FROM dealing WHERE client_id = :client_id AND original_dealing_id IS NOT NULL"),
            text("DELETE FROM dealing WHERE client_id = :client_id"),
        ),
    ),
    Records(
        RecordKind.SUITABILITY,
        retention="retention.suitability_years",
        last_day=text(_LAST_DEALING),
        delete=(
            text("DELETE FROM risk_assessment WHERE client_id = :client_id"),
            text("DELETE FROM qualification WHERE client_id = :client_id"),
            text("DELETE FROM sale_check WHERE client_id = :client_id"),
        ),
    ),
    Records(
        RecordKind.RELATIONSHIP,
        delete=(text("DELETE FROM client_relationship WHERE :client_id IN (client_id, other_client_id)"),),
    ),
    Records(
        RecordKind.PROFILE,
        delete=(
            text("DELETE FROM client_risk WHERE client_id = :client_id"),
            text("DELETE FROM class_standing WHERE client_id = :client_id"),
            text("DELETE FROM rebate_entry WHERE client_id = :client_id"),
            text("DELETE FROM client_source WHERE client_id = :client_id"),
            text("DELETE FROM known_case WHERE client_id = :client_id"),
            text("DELETE FROM merge_record WHERE :client_id IN (merged_client_id, surviving_client_id)"),
        ),
    ),
    # The trail is append-only: it is destroyed with its archive.
    Records(
        RecordKind.AUDIT,
        retention="retention.audit_years",
        last_day=text("SELECT CAST(:today AS date) WHERE CAST(:client_id AS uuid) IS NOT NULL"),
    ),
    PARKED,
)

_KEEP_ANSWER = text(
    "INSERT INTO erasure_answer (client_id, service, record_kind, outcome, kept_until, legal_basis, answered_at)"
    " VALUES (:client_id, :service, :record_kind, :outcome, :kept_until, :legal_basis, :answered_at)"
    " ON CONFLICT (client_id, service, record_kind) DO UPDATE SET outcome = excluded.outcome,"
    " kept_until = excluded.kept_until, legal_basis = excluded.legal_basis, answered_at = excluded.answered_at"
    # What is deleted stays so, whatever is told late.
    " WHERE erasure_answer.outcome = 'restricted' AND (excluded.outcome = 'deleted'"
    " OR excluded.answered_at > erasure_answer.answered_at)"
)
_KEEP_CASE = text(
    "INSERT INTO known_case (complaint_id, client_id, is_open, told_version)"
    " VALUES (:complaint_id, :client_id, coalesce(:is_open, true), CASE WHEN :is_open IS NULL THEN 0 ELSE :version END)"
    " ON CONFLICT (complaint_id) DO UPDATE SET client_id = coalesce(excluded.client_id, known_case.client_id),"
    " is_open = CASE WHEN excluded.told_version >= known_case.told_version"
    " THEN excluded.is_open ELSE known_case.is_open END,"
    " told_version = greatest(excluded.told_version, known_case.told_version)"
)


async def keep_answers(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(_KEEP_ANSWER, rows)


async def keep_case(session: AsyncSession, row: Mapping[str, Any]) -> None:
    await session.execute(_KEEP_CASE, row)


async def has_open_case(session: AsyncSession, client_ids: Collection[UUID]) -> bool:
    statement = select(col(KnownCase.complaint_id)).where(
        col(KnownCase.client_id).in_(client_ids), col(KnownCase.is_open).is_(True)
    )
    return (await session.execute(statement.limit(1))).first() is not None


async def find(session: AsyncSession, client_id: UUID) -> Erasure | None:
    return await session.get(Erasure, client_id)


async def list_answers(session: AsyncSession, client_ids: Sequence[UUID]) -> Sequence[ErasureAnswer]:
    statement = select(ErasureAnswer).where(col(ErasureAnswer.client_id).in_(client_ids))
    order = (col(ErasureAnswer.service), col(ErasureAnswer.record_kind))
    return (await session.execute(statement.order_by(*order))).scalars().all()


def select_erasures(overdue_before: datetime | None) -> Select[Erasure]:
    """Return the select of the erasures; with an instant, of those before it that a service has not answered."""
    if overdue_before is None:
        return select(Erasure)
    answered = select(func.count(distinct(col(ErasureAnswer.service)))).where(
        col(ErasureAnswer.client_id) == col(Erasure.client_id),
        col(ErasureAnswer.service).in_([service.value for service in ErasingService]),
    )
    is_waiting = answered.scalar_subquery() < len(ErasingService)
    return select(Erasure).where(and_(is_waiting, col(Erasure.erased_at) < overdue_before))
