from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import ContactKind
from complaints.enquiries.rules import OPEN, EnquiryStatus
from complaints.enquiries.tables import Enquiry, EnquiryEscalation
from shared.erasure.guard import is_present
from shared.errors import NotFound
from shared.lineage.clients import is_about

_NEXT = text(
    "INSERT INTO enquiry_sequence AS known (year, last) VALUES (:year, 1)"
    " ON CONFLICT (year) DO UPDATE SET last = known.last + 1 RETURNING last"
)
_IS_OPEN = col(Enquiry.status).in_(sorted(OPEN))


async def next_sequence(session: AsyncSession, year: int) -> int:
    return int((await session.execute(_NEXT, {"year": year})).scalar_one())


async def get_enquiry(
    session: AsyncSession, enquiry_id: UUID, reached: ColumnElement[bool], *, for_update: bool = False
) -> Enquiry:
    statement = select(Enquiry).where(col(Enquiry.id) == enquiry_id, reached)
    statement = statement.with_for_update() if for_update else statement
    enquiry = (await session.execute(statement)).scalar_one_or_none()
    if enquiry is None:
        raise NotFound("No enquiry has this id.")
    return enquiry


def select_listed(
    reached: ColumnElement[bool],
    *,
    kind: ContactKind | None,
    status: EnquiryStatus | None,
    owner_id: UUID | None,
    client_id: UUID | None,
    escalated_to: str | None,
    is_overdue: bool | None,
    now: datetime,
) -> Select[Enquiry]:
    statement = select(Enquiry).where(reached, or_(_IS_OPEN, is_present(col(Enquiry.client_id))))
    for column, wanted in ((Enquiry.kind, kind), (Enquiry.status, status), (Enquiry.owner_id, owner_id)):
        statement = statement if wanted is None else statement.where(col(column) == wanted)
    if client_id is not None:
        statement = statement.where(is_about(col(Enquiry.client_id), client_id))
    if escalated_to is not None:
        told = select(col(EnquiryEscalation.enquiry_id)).where(col(EnquiryEscalation.office) == escalated_to)
        statement = statement.where(col(Enquiry.id).in_(told))
    if is_overdue is not None:
        overdue = and_(_IS_OPEN, col(Enquiry.due_at).is_not(None), col(Enquiry.due_at) < now)
        statement = statement.where(overdue if is_overdue else not_(overdue))
    return statement


async def take_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[Enquiry]:
    """Lock those of which a level is reached; what somebody works on at this moment is left for the next time."""
    statement = select(Enquiry).where(col(Enquiry.next_at) <= now).order_by(col(Enquiry.next_at), col(Enquiry.id))
    return (await session.execute(statement.limit(limit).with_for_update(skip_locked=True))).scalars().all()


async def list_escalations(session: AsyncSession, enquiry_id: UUID) -> Sequence[EnquiryEscalation]:
    statement = select(EnquiryEscalation).where(col(EnquiryEscalation.enquiry_id) == enquiry_id)
    return (await session.execute(statement.order_by(col(EnquiryEscalation.told_at)))).scalars().all()
