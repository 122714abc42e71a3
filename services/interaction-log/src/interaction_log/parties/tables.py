from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from interaction_log.table_base import Table
from shared.database import instant


class ClientStub(Table, table=True):
    """What is known of a client; `registered_at` is null while client-profile has not told of it.

    The row is also the lock that all writers of the client's interactions and follow-ups take first.
    """

    __tablename__ = "client_stub"
    __table_args__ = (
        Index("client_stub_unplanned_idx", "id", postgresql_where=text("is_unplanned")),
        Index("client_stub_unconfirmed_idx", "heard_at", "id", postgresql_where=text("registered_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    heard_at: datetime = instant()
    registered_at: datetime | None = instant(default=None, nullable=True)
    is_active: bool = False
    status_version: int = Field(default=0, sa_type=BigInteger)
    activated_at: datetime | None = instant(default=None, nullable=True)
    manager_id: UUID | None = Field(default=None, index=True)
    unit_id: UUID | None = Field(default=None, index=True)
    assigned_version: int = Field(default=0, sa_type=BigInteger)
    service_class: str | None = None
    classified_version: int = Field(default=0, sa_type=BigInteger)
    #: The last contact that reached the client, and when.
    last_interaction_id: UUID | None = None
    last_reached_at: datetime | None = instant(default=None, nullable=True)
    #: The client's complaint that was closed last, for the satisfaction call after it.
    complaint_closed_on: date | None = None
    complaint_closed_event_id: UUID | None = None
    #: Something changed that follow-ups depend on, and they were not planned anew yet.
    is_unplanned: bool = False


class StaffStub(Table, table=True):
    """A staff member; unit and roles are unknown while only the leaving was heard of."""

    __tablename__ = "staff_stub"

    id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None
    #: The unit and all above it, from the unit to the top.
    unit_path: list[UUID] = Field(sa_type=ARRAY(Uuid))
    roles: list[str] = Field(sa_type=ARRAY(TEXT))
    placed_version: int = Field(default=0, sa_type=BigInteger)
    left_at: datetime | None = instant(default=None, nullable=True)
