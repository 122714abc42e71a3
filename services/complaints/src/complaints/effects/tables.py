from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import instant


class ImprovementRound(Table, table=True):
    """One time that an action was done, and what the check of its effect found."""

    __tablename__ = "improvement_round"
    __table_args__ = (
        CheckConstraint(
            "(checked_on IS NULL) = (is_effective IS NULL) AND (checked_on IS NULL) = (checked_by IS NULL)",
            name="checked",
        ),
        CheckConstraint("checked_by <> reported_by", name="second_person"),
        CheckConstraint("check_from >= done_on AND watched_until >= done_on", name="watch"),
    )

    action_id: UUID = Field(primary_key=True, foreign_key="improvement_action.id")
    round: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    due_on: date
    done_on: date
    #: What shows that it was done; null once the file of the case was emptied.
    evidence: str | None = None
    reported_by: UUID
    reported_at: datetime = instant()
    check_from: date
    #: The same complaint received after `done_on` and no later than this came again.
    watched_until: date
    rule_version: str
    checked_on: date | None = None
    checked_by: UUID | None = None
    is_effective: bool | None = None
    findings: str | None = None


class Recurrence(Table, table=True):
    """A complaint with the cause of an action, received after it was done; append-only."""

    __tablename__ = "recurrence"
    __table_args__ = (Index("recurrence_complaint_id_idx", "complaint_id"),)

    action_id: UUID = Field(primary_key=True, foreign_key="improvement_action.id")
    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    #: The last time that it had been done before the receipt.
    round: int
    received_on: date
    found_at: datetime = instant()
