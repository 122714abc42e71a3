from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from channel_commission.invoices.rules import InvoiceKind
from channel_commission.table_base import Table
from shared.database import coded, fen, instant
from shared.ids import new_id


class Invoice(Table, table=True):
    """A channel's invoice over a statement, or one that takes another back; it never changes."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("code", "number", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "CASE WHEN red_letter_of IS NULL THEN net_fen > 0 AND vat_fen >= 0 ELSE net_fen <= 0 AND vat_fen <= 0 END",
            name="sign",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    statement_id: UUID = Field(foreign_key="statement.id", index=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    kind: InvoiceKind = coded(InvoiceKind)
    code: str | None = None
    number: str
    issued_on: date
    buyer_name: str
    buyer_uscc: str
    seller_uscc: str | None = None
    net_fen: int = fen()
    vat_fen: int = fen()
    #: The invoice that this one takes back.
    red_letter_of: UUID | None = Field(default=None, foreign_key="invoice.id", index=True)
    reason: str | None = None
    recorded_by: UUID
    recorded_at: datetime = instant()
