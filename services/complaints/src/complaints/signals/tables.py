from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlmodel import Field

from complaints.signals.rules import Trouble
from complaints.table_base import Table
from shared.database import coded, document, fen, instant


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
    #: Who spoke with the client; null for others than staff, and for contacts kept before it was asked for.
    staff_id: UUID | None = None
    told_version: int = Field(sa_type=BigInteger)


class Flow(Table, table=True):
    """What a dealing did to a client's holdings; a reversed one counts as if it had never been."""

    __tablename__ = "flow"
    __table_args__ = (
        Index("flow_full_redemption_idx", "original_dealing_id", postgresql_where=text("is_full AND NOT is_reversed")),
    )

    dealing_id: UUID = Field(primary_key=True)
    client_id: UUID = Field(index=True)
    confirmed_on: date
    #: Null for dealings kept before it was asked for; a replay fills it.
    applied_on: date | None = None
    amount: int = fen()
    is_reversed: bool
    #: Null for dealings kept before it was asked for; a replay fills it.
    product_id: UUID | None = Field(default=None, index=True)
    #: The subscription that a redemption redeems, and whether nothing of it is left.
    original_dealing_id: UUID | None = None
    is_full: bool | None = None


class ManagerChange(Table, table=True):
    """Another manager took over a client; the first assignment is no change."""

    __tablename__ = "manager_change"

    client_id: UUID = Field(primary_key=True)
    changed_at: datetime = instant(primary_key=True)


class ProductTrouble(Table, table=True):
    """What happened to a plan on a day."""

    __tablename__ = "product_trouble"

    product_id: UUID = Field(primary_key=True)
    trouble: Trouble = coded(Trouble, primary_key=True)
    happened_on: date = Field(primary_key=True)


class WoundUp(Table, table=True):
    """A plan that was wound up: whatever its trouble was is over."""

    __tablename__ = "wound_up"

    product_id: UUID = Field(primary_key=True)
    wound_up_on: date


class ChangedClient(Table, table=True):
    """A client of whom a fact changed and whose risk is still to be assessed, with what caused it."""

    __tablename__ = "changed_client"

    id: int = Field(sa_column_args=(Identity(always=True),), sa_type=BigInteger, primary_key=True)
    client_id: UUID = Field(index=True)
    cause: dict[str, Any] = document()
