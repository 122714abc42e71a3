from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from complaints.suspicions.rules import Mark
from complaints.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class GreyMark(Table, table=True):
    """A mark of a grey agent on a case; lifted, never deleted but with the client's file."""

    __tablename__ = "grey_mark"
    __table_args__ = (
        Index(
            "grey_mark_standing_key", "complaint_id", "mark", unique=True, postgresql_where=text("lifted_at IS NULL")
        ),
        Index("grey_mark_complaint_id_idx", "complaint_id", "marked_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    mark: Mark = coded(Mark)
    #: What speaks for it.
    evidence: str
    marked_at: datetime = instant()
    marked_by: str
    lifted_at: datetime | None = instant(default=None, nullable=True)
    lifted_by: str | None = None
    lift_reason: str | None = None
