from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from channel_commission.due_diligence.rules import Outcome, Topic
from channel_commission.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class DueDiligenceFinding(Table, table=True):
    """What due diligence found on one topic; never changed, a later finding on the topic counts instead."""

    __tablename__ = "due_diligence_finding"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    topic: Topic = coded(Topic)
    outcome: Outcome = coded(Outcome)
    finding: str
    #: Where the evidence is kept: references, never the papers themselves.
    evidence: list[str] = document()
    found_by: UUID
    found_at: datetime = instant()
