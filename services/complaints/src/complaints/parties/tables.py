from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import instant


class ClientStub(Table, table=True):
    """What is known of a client; `registered_at` is null while client-profile has not told of it."""

    __tablename__ = "client_stub"
    __table_args__ = (
        Index("client_stub_unconfirmed_idx", "heard_at", "id", postgresql_where=text("registered_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    heard_at: datetime = instant()
    registered_at: datetime | None = instant(default=None, nullable=True)
    closed_at: datetime | None = instant(default=None, nullable=True)
    manager_id: UUID | None = Field(default=None, index=True)
    unit_id: UUID | None = Field(default=None, index=True)
    assigned_at: datetime | None = instant(default=None, nullable=True)
    assigned_version: int = Field(default=0, sa_type=BigInteger)
    service_class: str | None = None
    classified_at: datetime | None = instant(default=None, nullable=True)
    classified_version: int = Field(default=0, sa_type=BigInteger)


class ManagerTerm(Table, table=True):
    """Since when somebody manages a client, and who did before."""

    __tablename__ = "manager_term"

    client_id: UUID = Field(primary_key=True)
    since: datetime = instant(primary_key=True)
    manager_id: UUID = Field(primary_key=True)
    previous_id: UUID | None = None


class ClientChannel(Table, table=True):
    """A channel that referred a client or sold to it."""

    __tablename__ = "client_channel"

    client_id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)


class ClientSale(Table, table=True):
    """A channel sold a product to a client."""

    __tablename__ = "client_sale"

    client_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)


class StaffStub(Table, table=True):
    """A staff member; unit and roles are unknown while only the leaving was heard of."""

    __tablename__ = "staff_stub"

    id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None
    #: The unit and all above it, to the top; null while nothing was told since this is kept.
    unit_path: list[UUID] | None = Field(default=None, sa_type=ARRAY(Uuid))
    roles: list[str] = Field(sa_type=ARRAY(TEXT))
    placed_at: datetime | None = instant(default=None, nullable=True)
    placed_version: int = Field(default=0, sa_type=BigInteger)
    left_at: datetime | None = instant(default=None, nullable=True)


class Complainant(Table, table=True):
    """A complainant who is no client: name and phone encrypted, and as everybody may read them."""

    __tablename__ = "complainant"

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    #: AES-256-GCM over `{"name", "phone"}`, bound to the case's id.
    sealed: bytes
    masked_name: str
    masked_phone: str
    #: Finds the number again; null for those kept before it was asked for.
    phone_hash: bytes | None = Field(default=None, index=True)
