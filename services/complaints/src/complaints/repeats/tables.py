from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from complaints.cases.rules import InformMethod
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class RepeatFiling(Table, table=True):
    """The same complaint again while its case runs, merged into it; append-only."""

    __tablename__ = "repeat_filing"
    __table_args__ = (Index("repeat_filing_complaint_id_idx", "complaint_id", "received_at", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    received_at: datetime = instant()
    method: InformMethod = coded(InformMethod)
    #: Null once the client's file was emptied.
    facts: str | None = None
    recorded_at: datetime = instant()
    recorded_by: str
