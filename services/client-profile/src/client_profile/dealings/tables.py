from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import Field

from client_profile.dealings.rules import DealingKind, DealingStatus
from client_profile.products.rules import Grade
from client_profile.table_base import Table
from shared.database import Aggregate, coded, fen, instant


class Dealing(Aggregate, Table, table=True):
    """A subscription, redemption or distribution. `event_key` is the client."""

    __tablename__ = "dealing"
    __table_args__ = (
        UniqueConstraint("origin", "confirmation_number"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("units >= 0", name="units"),
        CheckConstraint("net_value > 0", name="net_value"),
        CheckConstraint("(kind = 'subscription') = (original_dealing_id IS NULL)", name="original"),
        CheckConstraint(
            "(status IN ('confirmed', 'reversed')) = (confirmed_on IS NOT NULL AND confirmation_number IS NOT NULL)",
            name="confirmation",
        ),
        CheckConstraint("confirmed_on >= applied_on", name="dates"),
        Index("dealing_client_id_product_id_idx", "client_id", "product_id"),
    )

    number: str = Field(unique=True)
    kind: DealingKind = coded(DealingKind)
    status: DealingStatus = coded(DealingStatus)
    client_id: UUID = Field(foreign_key="client.id")
    product_id: UUID = Field(foreign_key="product.id", index=True)
    share_class: str = ""
    channel_id: UUID | None = Field(default=None, index=True)
    amount_fen: int = fen()
    units: Decimal | None = Field(default=None, sa_type=Numeric(20, 4))
    net_value: Decimal | None = Field(default=None, sa_type=Numeric(12, 4))
    applied_on: date
    paid_on: date | None = None
    confirmed_on: date | None = None
    #: Who numbered the confirmation: `house`, or the system an import came from.
    origin: str
    confirmation_number: str | None = None
    #: The subscription that a redemption or distribution belongs to.
    original_dealing_id: UUID | None = Field(default=None, foreign_key="dealing.id", index=True)
    sale_check_id: UUID | None = Field(default=None, foreign_key="sale_check.id")
    #: Evidence of the sale: the channel's own grade of the product, its proof, the recording (双录).
    channel_grade: Grade | None = coded(Grade, default=None, nullable=True)
    proof_reference: str | None = None
    recording_number: str | None = None
    recorded_at: datetime = instant()
