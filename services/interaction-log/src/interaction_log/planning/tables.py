from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from interaction_log.planning.rules import FollowUpReason, FollowUpStatus
from interaction_log.table_base import Table
from shared.database import Aggregate, coded, instant

_OPEN_RHYTHM = text("reason = 'rhythm' AND status = 'scheduled'")


class FollowUp(Aggregate, Table, table=True):
    """A planned contact with a client; the event key is the client."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(status = 'scheduled') = (ended_at IS NULL)", name="ended_at"),
        Index("follow_up_open_rhythm_key", "client_id", unique=True, postgresql_where=_OPEN_RHYTHM),
        Index("follow_up_due_on_open_idx", "due_on", "id", postgresql_where=text("status = 'scheduled'")),
        Index("follow_up_due_on_id_idx", "due_on", "id"),
        Index("follow_up_assignee_id_due_on_id_idx", "assignee_id", "due_on", "id"),
    )

    client_id: UUID = Field(foreign_key="client_stub.id", index=True)
    reason: FollowUpReason = coded(FollowUpReason)
    status: FollowUpStatus = coded(FollowUpStatus, default=FollowUpStatus.SCHEDULED)
    due_on: date
    assignee_id: UUID | None = None
    #: What it is about, in the words of who asked for it.
    note: str | None = None
    scheduled_on: date
    #: What the day follows from; null when a person chose it.
    basis_on: date | None = None
    basis_days: int | None = None
    #: The contact that the days count from.
    basis_interaction_id: UUID | None = None
    service_class: str | None = None
    planned_on: date | None = None
    rule_version: str | None = None
    is_rescheduled: bool = False
    #: The event that caused it, once.
    caused_by: UUID | None = Field(default=None, unique=True)
    #: The contact that completed it, or what came of it in words.
    interaction_id: UUID | None = None
    result: str | None = None
    ended_at: datetime | None = instant(default=None, nullable=True)
