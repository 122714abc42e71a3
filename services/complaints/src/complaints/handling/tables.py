from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from complaints.table_base import Table
from shared.database import instant
from shared.ids import new_id


class Cooperation(Table, table=True):
    """What the channel whose sale a case concerns contributed to clearing it up."""

    __tablename__ = "cooperation"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id", index=True)
    channel_id: UUID
    statement: str
    #: Where the channel keeps its evidence, e.g. the number of the recording of the sale.
    evidence: str | None = None
    given_at: datetime = instant()
