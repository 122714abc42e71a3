from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from ops_dashboard.table_base import Table
from shared.database import document, instant


class FeedEntry(Table, table=True):
    __tablename__ = "feed_entry"
    __table_args__ = (
        Index("feed_entry_received_at_idx", "received_at"),
        Index("feed_entry_type_seq_idx", "type", "seq"),
    )

    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    event_id: UUID = Field(unique=True)
    type: str
    occurred_at: datetime = instant()
    received_at: datetime = instant(sa_column_kwargs={"server_default": text("clock_timestamp()")})
    aggregate_id: UUID
    client_id: UUID | None = None
    data: dict[str, Any] = document()


class FeedCounter(Table, table=True):
    """One row: the last number given. Its lock makes commit order and number order the same."""

    __tablename__ = "feed_counter"

    id: int = Field(primary_key=True)
    last: int = Field(sa_type=BigInteger)
