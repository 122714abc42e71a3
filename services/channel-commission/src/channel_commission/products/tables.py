from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.products.rules import Bearer
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class Product(Table, table=True):
    """A product as far as client-profile has told of it."""

    __tablename__ = "product"

    id: UUID = Field(primary_key=True)
    kind: str
    grade: str


class ProductAuthorization(Table, table=True):
    __tablename__ = "product_authorization"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="validity"),
        ExcludeConstraint(
            ("channel_id", "="),
            ("product_id", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="product_authorization_no_overlap",
            using="gist",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    product_id: UUID = Field(foreign_key="product.id")
    bearer: Bearer = coded(Bearer)
    valid_from: date
    #: First day on which it no longer holds.
    valid_to: date | None = None
    authorized_by: UUID
    authorized_at: datetime = instant()
