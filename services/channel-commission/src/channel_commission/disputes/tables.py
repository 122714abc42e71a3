from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from channel_commission.disputes.rules import DisputeStatus
from channel_commission.table_base import Table
from shared.database import coded, fen, instant
from shared.ids import new_id


class LineDispute(Table, table=True):
    """A line that its channel does not accept; disputed once."""

    __tablename__ = "line_dispute"
    __table_args__ = (
        CheckConstraint("decided_by <> answered_by", name="two_people"),
        CheckConstraint("held_fen >= 0", name="amounts"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    statement_id: UUID = Field(foreign_key="statement.id", index=True)
    accrual_id: UUID = Field(foreign_key="accrual_entry.id", unique=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    status: DisputeStatus = coded(DisputeStatus, default=DisputeStatus.OPEN)
    reason: str
    #: What an entry takes out of the open month until it is decided.
    held_fen: int = fen()
    #: Last day for the answer.
    due_on: date
    raised_by: str
    raised_at: datetime = instant()
    #: What the line should have been, as proposed and then decided.
    corrected_fen: int | None = fen(default=None, nullable=True)
    answer: str | None = None
    answered_by: UUID | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
