from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import document, fen, instant


class Contact(Table, table=True):
    """A contact with a client as it was recorded or last corrected."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("contact_client_id_reached_idx", "client_id", "began_on", postgresql_where=text("is_reached")),
    )

    interaction_id: UUID = Field(primary_key=True)
    client_id: UUID
    began_on: date
    is_reached: bool
    told_version: int = Field(sa_type=BigInteger)


class Flow(Table, table=True):
    """What a dealing did to a client's holdings; a reversed one counts as if it had never been."""

    __tablename__ = "flow"

    dealing_id: UUID = Field(primary_key=True)
    client_id: UUID = Field(index=True)
    confirmed_on: date
    amount: int = fen()
    is_reversed: bool


class ManagerChange(Table, table=True):
    """Another manager took over a client; the first assignment is no change."""

    __tablename__ = "manager_change"

    client_id: UUID = Field(primary_key=True)
    changed_at: datetime = instant(primary_key=True)


class ChangedClient(Table, table=True):
    """A client of whom a fact changed and whose risk is still to be assessed, with what caused it."""

    __tablename__ = "changed_client"

    id: int = Field(sa_column_args=(Identity(always=True),), sa_type=BigInteger, primary_key=True)
    client_id: UUID = Field(index=True)
    cause: dict[str, Any] = document()
