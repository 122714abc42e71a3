from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.tables import Complaint
from complaints.evidence.rules import EvidenceKind
from complaints.evidence.tables import Evidence
from shared.errors import NotFound
from shared.rows import is_one_of

_KEEP_UNTIL = text(
    "UPDATE evidence SET kept_until = day FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS said (id, day)"
    " WHERE evidence.id = said.id"
)


async def get_evidence(session: AsyncSession, complaint_id: UUID, evidence_id: UUID) -> Evidence:
    evidence = await session.get(Evidence, evidence_id)
    if evidence is None or evidence.complaint_id != complaint_id:
        raise NotFound("No evidence of this complaint has this id.")
    return evidence


async def find_of_kind(session: AsyncSession, complaint_id: UUID, kind: EvidenceKind) -> UUID | None:
    statement = select(col(Evidence.id)).where(col(Evidence.complaint_id) == complaint_id, col(Evidence.kind) == kind)
    return (await session.execute(statement.order_by(col(Evidence.id).desc()).limit(1))).scalar_one_or_none()


def select_evidence(complaint_id: UUID) -> Select[Evidence]:
    return select(Evidence).where(col(Evidence.complaint_id) == complaint_id)


async def list_of_cases(session: AsyncSession, complaint_ids: Collection[UUID]) -> Sequence[Evidence]:
    statement = select(Evidence).where(is_one_of(col(Evidence.complaint_id), complaint_ids))
    ordered = statement.order_by(col(Evidence.added_at), col(Evidence.id))
    return (await session.execute(ordered)).scalars().all()


async def take_undated(session: AsyncSession, limit: int) -> Sequence[Any]:
    """Lock files of ended cases whose last day is not set; those another worker holds are passed over.

    Returns rows of evidence id, file id and the day on which the case ended.
    """
    # An end that is null is left out of the greatest of them.
    ended_on = func.greatest(Complaint.closed_on, Complaint.withdrawn_on, Complaint.reclassified_on)
    statement = (
        select(col(Evidence.id), col(Evidence.file_id), ended_on)
        .join(Complaint, col(Complaint.id) == col(Evidence.complaint_id))
        .where(col(Evidence.file_id).is_not(None), col(Evidence.kept_until).is_(None), ended_on.is_not(None))
        .order_by(col(Evidence.complaint_id), col(Evidence.id))
        .limit(limit)
        .with_for_update(of=Evidence, skip_locked=True)
    )
    return (await session.execute(statement)).all()


async def keep_until(session: AsyncSession, days: dict[UUID, date]) -> None:
    await session.execute(_KEEP_UNTIL, {"ids": list(days), "days": list(days.values())})
