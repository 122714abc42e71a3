from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import Reason
from complaints.cases.tables import Complaint
from complaints.parties.tables import Complainant
from complaints.repeats.tables import RepeatFiling
from shared.lineage.clients import is_about

#: How many earlier cases are looked at, newest first.
_MOST = 100
_WAIT = text("SELECT pg_advisory_xact_lock(hashtextextended(:complainant, 724032))")


async def wait_for_others(session: AsyncSession, complainant: str) -> None:
    """Have whoever files for the same complainant wait until this transaction ends."""
    await session.execute(_WAIT, {"complainant": complainant})


async def list_earlier(
    session: AsyncSession,
    reached: ColumnElement[bool],
    *,
    client_id: UUID | None,
    phone_hash: bytes | None,
    reason: Reason,
    since: date,
) -> Sequence[Complaint]:
    by_phone = select(col(Complainant.complaint_id)).where(col(Complainant.phone_hash) == phone_hash)
    whose: ColumnElement[bool] = (
        is_about(col(Complaint.client_id), client_id) if client_id else col(Complaint.id).in_(by_phone)
    )
    is_near = (col(Complaint.reason) == reason, col(Complaint.received_on) >= since)
    statement = select(Complaint).where(reached, whose, *is_near)
    return (await session.execute(statement.order_by(col(Complaint.received_on).desc()).limit(_MOST))).scalars().all()


def select_repeats(complaint_id: UUID) -> Select[RepeatFiling]:
    return select(RepeatFiling).where(col(RepeatFiling.complaint_id) == complaint_id)
