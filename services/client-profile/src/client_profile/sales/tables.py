from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from client_profile.products.rules import Grade
from client_profile.sales.rules import ChannelStatus
from client_profile.table_base import Table
from shared.database import coded, document, fen, instant
from shared.ids import new_id


class ChannelStanding(Table, table=True):
    """A partner channel as channel-commission last told it."""

    __tablename__ = "channel_standing"

    channel_id: UUID = Field(primary_key=True)
    status: ChannelStatus = coded(ChannelStatus)
    #: Its head office; null if it is one or the registration has not been heard of.
    parent_id: UUID | None = None
    changed_at: datetime = instant()
    event_version: int = Field(sa_type=BigInteger)


class ChannelProduct(Table, table=True):
    """A period in which a channel may sell a product. No foreign keys: other services tell it in any order."""

    __tablename__ = "channel_product"

    channel_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    changed_at: datetime = instant()
    event_version: int = Field(sa_type=BigInteger)


class SaleCheck(Table, table=True):
    """A passage through the sale gate: what was asked, the facts of that day, the answer."""

    __tablename__ = "sale_check"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    product_id: UUID = Field(foreign_key="product.id", index=True)
    channel_id: UUID | None = Field(default=None, index=True)
    amount_fen: int = fen()
    channel_grade: Grade | None = coded(Grade, default=None, nullable=True)
    recording_number: str | None = None
    allowed: bool
    #: `rules.SaleFacts` as JSON; the policy rows follow from its day.
    facts: dict[str, Any] = document()
    reasons: list[dict[str, Any]] = document()
    checked_by: str
    checked_at: datetime = instant()
