from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from client_profile.products.rules import Grade, ProductKind, ProductStatus
from client_profile.table_base import Table
from shared.database import Aggregate, coded, instant


class Product(Aggregate, Table, table=True):
    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("origin", "external_id"),
        CheckConstraint("term_months > 0", name="term_months"),
        CheckConstraint("fee_rate >= 0 AND fee_rate < 1", name="fee_rate"),
    )

    number: str = Field(unique=True)
    name: str
    kind: ProductKind = coded(ProductKind)
    grade: Grade = coded(Grade)
    status: ProductStatus = coded(ProductStatus, index=True)
    term_months: int | None = None
    share_classes: list[str] = Field(sa_type=ARRAY(TEXT))
    #: Net trustee fee a year, as a part of the amount held; null: the policy row of its kind.
    fee_rate: Decimal | None = Field(default=None, sa_type=Numeric(12, 8))
    listed_at: datetime = instant()
    established_on: date | None = None
    #: Last day of the term since it was extended; null: as planned.
    extended_to: date | None = None
    #: The earliest day on which the plan should have paid and did not.
    payment_delayed_since: date | None = None
    origin: str | None = None
    external_id: str | None = None
