from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from complaints.table_base import Table
from complaints.tracks.rules import TrackKind, TrackOutcome
from shared.database import coded
from shared.ids import new_id


class Track(Table, table=True):
    """A mediation, arbitration or lawsuit about the matter of a case."""

    __tablename__ = "track"
    __table_args__ = (CheckConstraint("(ended_on IS NULL) = (outcome IS NULL)", name="ended"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id", index=True)
    kind: TrackKind = coded(TrackKind)
    #: Before whom: mediation center, arbitration commission, court.
    body: str
    #: How they call it (案号).
    reference: str | None = None
    began_on: date
    ended_on: date | None = None
    outcome: TrackOutcome | None = coded(TrackOutcome, default=None, nullable=True)
    result: str | None = None
    recorded_by: UUID
