from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from complaints.cases.rules import Level, Reason
from complaints.inspections.rules import InspectionCommand, InspectionStatus, StratifyBy
from shared.http.bodies import Body, Day, Read, ShortText, Text


class InspectionPlan(Body):
    title: ShortText
    #: Whose handling is inspected: the cases of handlers of this unit and those below; left out: the whole house.
    unit_id: UUID | None = None
    #: Days of receipt of the cases, both included.
    received_from: Day
    received_to: Day
    #: Only cases of these; left out: of all.
    level: Level | None = None
    reason: Reason | None = None
    channel_id: UUID | None = None
    product_id: UUID | None = None
    #: By what the sample is stratified; left out: not at all.
    stratify_by: StratifyBy | None = None
    sample_size: Annotated[int, Field(ge=1, le=500)]
    #: Of consumer protection, compliance or audit, and of no inspected unit.
    inspector_ids: Annotated[list[UUID], Field(min_length=1, max_length=10)]


class InspectionCancel(Body):
    reason: Text


class StratumRead(Read):
    """The cases of a stratum when the sample was drawn; its value is null for cases that have none."""

    stratum: str | None
    population: int
    drawn: int


class InspectionRead(Read):
    """An inspection of handled complaints (监督检查)."""

    id: UUID
    version: int
    title: str
    status: InspectionStatus
    unit_id: UUID | None
    received_from: date
    received_to: date
    level: Level | None
    reason: Reason | None
    channel_id: UUID | None
    product_id: UUID | None
    stratify_by: StratifyBy | None
    sample_size: int
    #: Cases with the smallest SHA-256 of `<seed>:<case id>` in their stratum are drawn.
    seed: str
    planned_at: datetime
    planned_by: UUID
    drawn_at: datetime | None
    strata: list[StratumRead]
    completed_at: datetime | None
    conclusion: str | None
    closed_at: datetime | None
    end_reason: str | None
    #: Commands that the state allows now.
    allowed: list[InspectionCommand] = Field(default_factory=list)


class InspectionDetail(InspectionRead):
    """With those who inspect."""

    inspector_ids: list[UUID]


class SampledCaseRead(Read):
    """A case of the sample, with its place in its stratum by the seed."""

    complaint_id: UUID
    stratum: str | None
    place: int
    examined_at: datetime | None
    examined_by: UUID | None
