from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.table_base import Table
from shared.database import fen, instant
from shared.ids import new_id


class SalesQuota(Table, table=True):
    """What a channel may sell of a product on half-open days, as its cooperation plan says."""

    __tablename__ = "sales_quota"
    __table_args__ = (
        CheckConstraint("valid_until > valid_from", name="period"),
        CheckConstraint("amount_fen > 0", name="amount"),
        ExcludeConstraint(
            ("channel_id", "="),
            ("product_id", "="),
            (text("daterange(valid_from, valid_until)"), "&&"),
            name="sales_quota_no_overlap",
            using="gist",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    product_id: UUID = Field(foreign_key="product.id")
    amount_fen: int = fen()
    valid_from: date
    valid_until: date
    #: What the partners plan to do for it.
    plan: str
    recorded_by: UUID
    recorded_at: datetime = instant()
    #: The highest share in percent whose alarm was raised.
    alarm_given: int | None = None
