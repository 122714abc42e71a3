from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from interaction_log.table_base import Table
from shared.database import document, instant


class TimelineEntry(Table, table=True):
    """An event that concerns a client: by itself, or through the case it belongs to."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index(
            "timeline_entry_client_idx",
            "client_id",
            "occurred_at",
            "event_id",
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        Index("timeline_entry_complaint_idx", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    )

    event_id: UUID = Field(primary_key=True)
    occurred_at: datetime = instant()
    type: str
    client_id: UUID | None = None
    complaint_id: UUID | None = None
    data: dict[str, Any] = document()


class CaseClient(Table, table=True):
    """A client whom a case concerns. A case may have several, and become known before or after any of its events."""

    __tablename__ = "case_client"

    client_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(primary_key=True)
