from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from channel_commission.risk_events.rules import RedLine, RiskStatus, Severity
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class RiskEvent(Table, table=True):
    """Something a channel did or suffered, and what is done about it."""

    __tablename__ = "risk_event"
    __table_args__ = (
        CheckConstraint("checked_by <> owner_id AND checked_by <> measured_by", name="two_people"),
        CheckConstraint("status <> 'closed' OR checked_by IS NOT NULL", name="closed"),
        Index("risk_event_channel_id_occurred_on_idx", "channel_id", "occurred_on"),
        Index("risk_event_open_due_on_idx", "due_on", postgresql_where=text("status <> 'closed'")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    severity: Severity = coded(Severity)
    red_line: RedLine | None = coded(RedLine, default=None, nullable=True)
    status: RiskStatus = coded(RiskStatus, default=RiskStatus.OPEN)
    occurred_on: date
    facts: str
    evidence: str
    reported_by: UUID
    reported_at: datetime = instant()
    #: Who sees to the measure.
    owner_id: UUID
    measure: str
    due_on: date
    #: What was done, and by whom it was reported.
    result: str | None = None
    measured_by: UUID | None = None
    measured_at: datetime | None = instant(default=None, nullable=True)
    check_note: str | None = None
    checked_by: UUID | None = None
    checked_at: datetime | None = instant(default=None, nullable=True)
