from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from complaints.cases.rules import InformMethod
from complaints.correspondence.rules import Kind
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class Exchange(Table, table=True):
    """What was exchanged with the complainant; append-only."""

    __tablename__ = "exchange"
    __table_args__ = (Index("exchange_complaint_id_at_idx", "complaint_id", "at", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    kind: Kind = coded(Kind)
    method: InformMethod = coded(InformMethod)
    at: datetime = instant()
    summary: str
    recorded_at: datetime = instant()
    recorded_by: str
