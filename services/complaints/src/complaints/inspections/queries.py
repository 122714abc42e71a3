from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from complaints.cases.rules import NOT_COUNTED
from complaints.cases.tables import Complaint
from complaints.inspections.rules import Candidate, InspectionStatus
from complaints.inspections.tables import Inspection, Inspector, SampledCase
from complaints.parties.tables import StaffStub
from shared.erasure.guard import is_present
from shared.errors import NotFound

_SCOPE = ("level", "reason", "channel_id", "product_id")


async def get_inspection(session: AsyncSession, inspection_id: UUID, *, for_update: bool = False) -> Inspection:
    found = await session.get(Inspection, inspection_id, with_for_update=for_update or None)
    if found is None:
        raise NotFound("No inspection has this id.")
    return found


def select_inspections(status: InspectionStatus | None) -> Select[Inspection]:
    statement = select(Inspection)
    return statement if status is None else statement.where(col(Inspection.status) == status)


async def list_inspectors(session: AsyncSession, inspection_id: UUID) -> Sequence[Inspector]:
    statement = select(Inspector).where(col(Inspector.inspection_id) == inspection_id)
    return (await session.execute(statement.order_by(col(Inspector.staff_id)))).scalars().all()


def _population(plan: Inspection) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [
        col(Complaint.received_on).between(plan.received_from, plan.received_to),
        col(Complaint.status).not_in(sorted(NOT_COUNTED)),
        is_present(col(Complaint.client_id)),
    ]
    for name in _SCOPE:
        if (value := getattr(plan, name)) is not None:
            wanted.append(col(getattr(Complaint, name)) == value)
    if plan.unit_id is not None:
        handlers = select(col(StaffStub.id)).where(col(StaffStub.unit_path).contains([plan.unit_id]))
        wanted.append(col(Complaint.handler_id).in_(handlers))
    return wanted


async def list_candidates(session: AsyncSession, plan: Inspection) -> list[Candidate]:
    """Return the first cases of each stratum by the seed, as many as the sample may have, from one look."""
    stratum: ColumnElement[Any] = cast(
        literal(None) if plan.stratify_by is None else col(getattr(Complaint, plan.stratify_by.value)), String
    )
    name = cast(literal(f"{plan.seed}:"), String) + cast(col(Complaint.id), String)
    mark = func.sha256(func.convert_to(name, "UTF8"))
    ordered = (
        select(
            col(Complaint.id).label("id"),
            stratum.label("stratum"),
            func.count().over(partition_by=stratum).label("population"),
            func.row_number().over(partition_by=stratum, order_by=(mark, col(Complaint.id))).label("place"),
        )
        .where(*_population(plan))
        .subquery()
    )
    first = select(ordered).where(ordered.c.place <= plan.sample_size).order_by(ordered.c.stratum, ordered.c.place)
    return [Candidate(*row) for row in await session.execute(first)]


def select_sample(inspection_id: UUID) -> Select[SampledCase]:
    return select(SampledCase).where(col(SampledCase.inspection_id) == inspection_id)
