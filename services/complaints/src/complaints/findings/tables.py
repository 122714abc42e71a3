from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from complaints.findings.rules import Severity
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class Finding(Table, table=True):
    """What an inspection found in a case; append-only."""

    __tablename__ = "finding"
    __table_args__ = (Index("finding_inspection_id_idx", "inspection_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    inspection_id: UUID = Field(foreign_key="inspection.id")
    complaint_id: UUID = Field(foreign_key="complaint.id", index=True)
    severity: Severity = coded(Severity)
    #: What is wrong, and by which rule; null once the file of the case was emptied.
    what: str | None = None
    basis: str | None = None
    found_at: datetime = instant()
    found_by: UUID
