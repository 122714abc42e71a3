from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from complaints.table_base import Table
from complaints.tasks.rules import TaskOutcome
from shared.database import coded, instant
from shared.ids import new_id


class CaseTask(Table, table=True):
    """Something that somebody does for a case until a day."""

    __tablename__ = "case_task"
    __table_args__ = (
        CheckConstraint("num_nulls(ended_on, ended_by, outcome, result) IN (0, 4)", name="ended"),
        Index("case_task_complaint_id_idx", "complaint_id", "due_on", "id"),
        Index("case_task_open_idx", "due_on", "id", postgresql_where=text("ended_on IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    what: str
    owner_id: UUID
    due_on: date
    created_at: datetime = instant()
    created_by: UUID
    ended_on: date | None = None
    ended_by: UUID | None = None
    outcome: TaskOutcome | None = coded(TaskOutcome, default=None, nullable=True)
    #: What came of it, or why it is not needed.
    result: str | None = None
