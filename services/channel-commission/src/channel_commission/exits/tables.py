from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from channel_commission.exits.rules import ExitReason, ExitStatus
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class ExitProposal(Table, table=True):
    """That a channel should leave; one at a time is to be decided."""

    __tablename__ = "exit_proposal"
    __table_args__ = (
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        Index("exit_proposal_one_open_key", "channel_id", unique=True, postgresql_where=text("status = 'proposed'")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    reason: ExitReason = coded(ExitReason)
    status: ExitStatus = coded(ExitStatus, default=ExitStatus.PROPOSED)
    #: The evaluation that led to it, if a rule proposed it.
    evaluation_id: UUID | None = None
    note: str | None = None
    #: Null if a rule did.
    proposed_by: UUID | None = None
    proposed_at: datetime = instant()
    decision_note: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
