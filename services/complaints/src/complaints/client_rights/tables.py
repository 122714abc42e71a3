from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from complaints.client_rights.rules import Occurrence
from complaints.table_base import Table
from shared.database import coded


class RightsEvent(Table, table=True):
    """Something that was told of clients' rights; of whom is not kept."""

    __tablename__ = "rights_event"
    __table_args__ = (Index("rights_event_kind_happened_on_idx", "kind", "happened_on"),)

    event_id: UUID = Field(primary_key=True)
    kind: Occurrence = coded(Occurrence)
    happened_on: date
