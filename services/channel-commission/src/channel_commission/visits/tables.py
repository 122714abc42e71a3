from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from channel_commission.table_base import Table
from channel_commission.visits.rules import VisitKind
from shared.database import coded, instant
from shared.ids import new_id


class ChannelVisit(Table, table=True):
    """A visit, training or inspection at a partner."""

    __tablename__ = "channel_visit"
    __table_args__ = (
        CheckConstraint("attendees >= 0", name="attendees"),
        Index("channel_visit_channel_id_held_on_idx", "channel_id", "held_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    kind: VisitKind = coded(VisitKind)
    held_on: date
    topic: str
    summary: str
    #: People of the partner who took part.
    attendees: int
    evidence: str | None = None
    recorded_by: UUID
    recorded_at: datetime = instant()
