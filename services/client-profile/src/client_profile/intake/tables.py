from uuid import UUID

from sqlmodel import Field

from client_profile.table_base import Table


class ClientSource(Table, table=True):
    """What another system calls a client, and a keyed hash of what it last said about it."""

    __tablename__ = "client_source"

    origin: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    content_hash: bytes
