from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from complaints.goals.rules import Goal
from complaints.table_base import Table
from shared.database import coded, document, instant


class GoalClock(Table, table=True):
    """A clock of a case with its levels; computed from what happened to the case, the goal as it was at the start."""

    __tablename__ = "goal_clock"
    __table_args__ = (Index("goal_clock_next_at_idx", "next_at", postgresql_where=text("next_at IS NOT NULL")),)

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    goal: Goal = coded(Goal, primary_key=True)
    round: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    since: datetime = instant()
    #: Working minutes; null for the legal clock, which counts days.
    target_minutes: int | None = None
    #: Null while the clock stands still, and where the calendar does not reach that far.
    due_at: datetime | None = instant(default=None, nullable=True)
    stopped_at: datetime | None = instant(default=None, nullable=True)
    is_met: bool | None = None
    #: Percent, office and instant of each level, ascending.
    levels: list[dict[str, Any]] = document()
    rule_version: str
    calendar_version: str
    told_percent: int = 0
    #: When there will be something to tell.
    next_at: datetime | None = instant(default=None, nullable=True)


class Escalation(Table, table=True):
    """A level of a clock that was told of; once, append-only."""

    __tablename__ = "escalation"
    __table_args__ = (
        UniqueConstraint("complaint_id", "goal", "round", "percent", "due_at"),
        Index("escalation_told_at_idx", "told_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    goal: Goal = coded(Goal)
    round: int
    percent: int
    office: str
    due_at: datetime = instant()
    told_at: datetime = instant()
