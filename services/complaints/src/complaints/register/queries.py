from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, not_, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncResult, AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from complaints.cases.rules import RUNNING, Status
from complaints.cases.tables import Complaint
from complaints.classification.rules import Dimension
from complaints.classification.tables import ClassificationCode
from complaints.clocks.rules import EntryKind
from complaints.clocks.tables import ClockEntry
from complaints.goals.tables import Escalation
from complaints.parties.tables import Complainant, StaffStub
from complaints.register.schemas import RegisterFilter
from complaints.repeats.tables import RepeatFiling
from complaints.representatives.tables import CaseParty
from complaints.reviews.tables import Review
from complaints.tracks.tables import Track
from shared.erasure.guard import is_present

#: Rows read at a time: a register of any length takes no more memory.
_AT_ONCE: Final = 1000
_EXTENSIONS = (EntryKind.EXTENDED, EntryKind.EXTENDED_AGAIN)

_Handler, _Named = aliased(StaffStub, name="handler"), aliased(StaffStub, name="named")
_Codes = {dimension: aliased(ClassificationCode, name=f"{dimension.value}_name") for dimension in Dimension}


def _of_case(value: ColumnElement[Any], complaint_id: Any, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    found = select(value).where(complaint_id == col(Complaint.id), *conditions)
    return found.correlate(Complaint).scalar_subquery()


def _texts(column: Any, *order: Any) -> ColumnElement[Any]:
    """Return the values as one array, an empty one for none."""
    return func.coalesce(func.array_agg(cast(column, String)).aggregate_order_by(*order), literal([], ARRAY(TEXT)))


#: What the register tells of a case besides the case's own row, by name.
_BESIDE: Final[dict[str, Any]] = {
    "is_erased": and_(not_(is_present(col(Complaint.client_id))), col(Complaint.status).not_in(sorted(RUNNING))),
    "complainant_name": col(Complainant.masked_name),
    "complainant_phone": col(Complainant.masked_phone),
    "spoken_for_by": _of_case(
        _texts(CaseParty.role, CaseParty.added_at, CaseParty.id),
        col(CaseParty.complaint_id),
        col(CaseParty.ended_at).is_(None),
    ),
    "named_unit_id": col(_Named.unit_id),
    "named_superior_id": col(_Named.unit_path)[2],
    "handling_unit_id": col(_Handler.unit_id),
    "handling_superior_id": col(_Handler.unit_path)[2],
    "channel_name": col(_Codes[Dimension.CHANNEL].name),
    "business_name": col(_Codes[Dimension.BUSINESS].name),
    "reason_name": col(_Codes[Dimension.REASON].name),
    "extension_reasons": _of_case(
        _texts(ClockEntry.reason, ClockEntry.event_version),
        col(ClockEntry.complaint_id),
        col(ClockEntry.kind).in_(_EXTENSIONS),
        col(ClockEntry.reason).is_not(None),
    ),
    "escalations": _of_case(func.count(), col(Escalation.complaint_id)),
    "repeated_filings": _of_case(func.count(), col(RepeatFiling.complaint_id)),
    "review_outcome": col(Review.outcome),
    "review_informed_on": col(Review.informed_on),
    "tracks": _of_case(_texts(Track.kind, Track.began_on, Track.id), col(Track.complaint_id)),
}


def select_entries(wanted: RegisterFilter, reached: ColumnElement[bool]) -> Select[Any]:
    """Return the select of cases, each with what stands beside it; a row is read by `entry`."""
    statement = select(Complaint, *(value.label(name) for name, value in _BESIDE.items())).where(
        *_conditions(wanted, reached)
    )
    statement = (
        statement.outerjoin(Complainant, col(Complainant.complaint_id) == col(Complaint.id))
        .outerjoin(_Handler, col(_Handler.id) == col(Complaint.handler_id))
        .outerjoin(_Named, col(_Named.id) == col(Complaint.named_staff_id))
        .outerjoin(Review, col(Review.complaint_id) == col(Complaint.id))
    )
    for dimension, names in _Codes.items():
        code = getattr(Complaint, f"{dimension.value}_code")
        statement = statement.outerjoin(names, and_(col(names.dimension) == dimension, col(names.code) == code))
    return statement


def beside(row: Sequence[Any]) -> tuple[Complaint, dict[str, Any]]:
    """Return the case of a row and what stands beside it, by name."""
    complaint, *values = row
    return complaint, dict(zip(_BESIDE, values, strict=True))


def _conditions(wanted: RegisterFilter, reached: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    equal = wanted.model_dump(include={"status", "level", "source", "regime", "channel_id", "product_id"})
    received = col(Complaint.received_on).between(wanted.received_from, wanted.received_to)
    chosen = [getattr(Complaint, name) == value for name, value in equal.items() if value is not None]
    if wanted.status is None:
        chosen.append(col(Complaint.status) != Status.RECLASSIFIED)
    return [reached, received, *chosen]


async def count(session: AsyncSession, wanted: RegisterFilter, reached: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(Complaint).where(*_conditions(wanted, reached))
    return (await session.execute(statement)).scalar_one()


async def entries(
    session: AsyncSession, wanted: RegisterFilter, reached: ColumnElement[bool]
) -> AsyncIterator[Sequence[Any]]:
    """Yield the rows some at a time, in the order of receipt, from a cursor of the server."""
    statement = select_entries(wanted, reached).order_by(col(Complaint.received_on), col(Complaint.id))
    found: AsyncResult[Any] = await session.stream(statement, execution_options={"yield_per": _AT_ONCE})
    async for some in found.partitions():
        yield some
