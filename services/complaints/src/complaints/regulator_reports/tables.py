from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import document, instant
from shared.ids import new_id


class RegulatorReport(Table, table=True):
    """A report as it was submitted; never changed, a correction is the next version. It names nobody complaining."""

    __tablename__ = "regulator_report"
    __table_args__ = (
        UniqueConstraint("period_from", "period_to", "version"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("(version = 1) = (reason IS NULL)", name="reason"),
        Index("regulator_report_submitted_at_idx", "submitted_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    period_from: date
    period_to: date
    version: int
    content: dict[str, Any] = document()
    digest: str
    #: How the regulator calls the filing (报送编号).
    reference: str | None = None
    submitted_at: datetime = instant()
    submitted_by: str
    #: Why a correction was needed; null for the first version.
    reason: str | None = None
