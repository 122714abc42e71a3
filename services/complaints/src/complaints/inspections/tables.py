from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from complaints.cases.rules import Level, Reason
from complaints.inspections.rules import InspectionStatus, StratifyBy
from complaints.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class Inspection(Table, table=True):
    """The plan of an inspection, its sample by stratum, and how it ended."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("received_from <= received_to AND sample_size > 0", name="plan"),
        CheckConstraint("status IN ('planned', 'canceled') OR drawn_at IS NOT NULL", name="drawn"),
        Index("inspection_planned_at_idx", "planned_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(default=1, sa_type=BigInteger)
    title: str
    status: InspectionStatus = coded(InspectionStatus, default=InspectionStatus.PLANNED)
    #: Whose handling is inspected; null for the whole house.
    unit_id: UUID | None = None
    received_from: date
    received_to: date
    level: Level | None = coded(Level, default=None, nullable=True)
    reason: Reason | None = coded(Reason, default=None, nullable=True)
    channel_id: UUID | None = None
    product_id: UUID | None = None
    stratify_by: StratifyBy | None = coded(StratifyBy, default=None, nullable=True)
    sample_size: int
    #: Drawn when it was planned, by nobody's choice.
    seed: str
    planned_at: datetime = instant()
    planned_by: UUID
    drawn_at: datetime | None = instant(default=None, nullable=True)
    #: Of each stratum its value, the cases in it and the cases drawn, at the time of drawing.
    strata: list[dict[str, Any]] = document(default_factory=list)
    completed_at: datetime | None = instant(default=None, nullable=True)
    conclusion: str | None = None
    closed_at: datetime | None = instant(default=None, nullable=True)
    end_reason: str | None = None


class Inspector(Table, table=True):
    """Somebody who inspects, and of which unit at the time of planning."""

    __tablename__ = "inspector"

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    staff_id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None


class SampledCase(Table, table=True):
    """A case of the sample, kept with the place that the seed gave it in its stratum."""

    __tablename__ = "sampled_case"
    __table_args__ = (
        CheckConstraint("(examined_at IS NULL) = (examined_by IS NULL)", name="examined"),
        Index("sampled_case_complaint_id_idx", "complaint_id"),
    )

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    stratum: str | None = None
    place: int
    examined_at: datetime | None = instant(default=None, nullable=True)
    examined_by: UUID | None = None
