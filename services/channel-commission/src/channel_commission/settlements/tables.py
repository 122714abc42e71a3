from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, CheckConstraint, Index, Numeric, text
from sqlmodel import Field

from channel_commission.cycles.rules import Run
from channel_commission.products.rules import Bearer
from channel_commission.settlements.rules import StatementStatus
from channel_commission.table_base import Table
from channel_commission.taxes.rules import TaxStatus
from shared.database import Aggregate, coded, fen, instant


class Statement(Aggregate, Table, table=True):
    """What a channel gets for a month from one bearer. Its figures are frozen from the first moment."""

    __tablename__ = "statement"
    __table_args__ = (
        # That of an establishment is made anew in the same month if it becomes void.
        Index(
            "statement_of_month_key",
            "channel_id",
            "period",
            "run",
            "bearer",
            "product_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("run <> 'at_establishment' OR status <> 'void'"),
        ),
        CheckConstraint("run <> 'at_establishment' OR closing_fen >= 0", name="no_debt_at_establishment"),
        CheckConstraint("(status = 'void') = (void_into IS NOT NULL)", name="void"),
        Index("statement_void_into_idx", "void_into", postgresql_where=text("void_into IS NOT NULL")),
        CheckConstraint(
            "(bearer = 'trust_plan' OR run = 'at_establishment') = (product_id IS NOT NULL)", name="bearer"
        ),
        CheckConstraint("opening_fen + entries_fen = closing_fen", name="balance"),
        CheckConstraint("held_fen BETWEEN 0 AND greatest(closing_fen, 0)", name="held"),
        CheckConstraint(
            "payment_approved_by <> checked_by AND payment_approved_by <> invoiced_by"
            " AND confirmed_by <> 'staff:' || payment_approved_by",
            name="two_people",
        ),
        CheckConstraint("paid_on IS NULL OR closing_fen > 0", name="payable"),
        CheckConstraint("payment_fen BETWEEN 0 AND closing_fen - held_fen", name="payment"),
        CheckConstraint("(payment_approved_by IS NULL) = (payment_fen IS NULL)", name="payment_approval"),
        Index("statement_period_idx", "period"),
        Index("statement_held_into_idx", "held_into", postgresql_where=text("held_into IS NOT NULL")),
    )

    channel_id: UUID = Field(foreign_key="channel.id")
    period: str = Field(sa_type=CHAR(7), foreign_key="period.period")
    #: Whether it is of a month, of a quarter, or of a plan's establishment.
    run: Run = coded(Run, default=Run.MONTHLY)
    bearer: Bearer = coded(Bearer)
    #: The trust plan that bears the fees, or whose establishment it settles; null for others of the company.
    product_id: UUID | None = None
    #: Negative balance of the statement before, and what was held of earlier ones for disputes raised in this month.
    opening_fen: int = fen()
    #: Booked months whose entries it takes: those it covers, and those of statements that were void before it.
    months: list[str] = Field(sa_type=ARRAY(CHAR(7)))
    entries: int
    entries_fen: int = fen()
    closing_fen: int = fen()
    #: Disputed lines: not paid with this statement, but brought forward into the month `held_into`.
    held_fen: int = fen(default=0)
    held_into: str | None = Field(default=None, sa_type=CHAR(7))
    #: The month whose statement takes all of it, once it is void.
    void_into: str | None = Field(default=None, sa_type=CHAR(7))
    voided_by: UUID | None = None
    void_reason: str | None = None
    #: Of the channel on the last day of the month, and the rate of value added tax in its amounts.
    tax_status: TaxStatus = coded(TaxStatus)
    vat_rate: Decimal = Field(sa_type=Numeric(6, 4))
    is_vat_withheld: bool
    #: Version of the policy row that says so.
    tax_policy: str
    #: SHA-256 over opening balance and entries, see `settlements.queries.frozen`.
    digest: str
    status: StatementStatus = coded(StatementStatus, default=StatementStatus.CALCULATED, index=True)
    calculated_at: datetime = instant()
    checked_by: UUID | None = None
    sent_by: UUID | None = None
    #: Who confirmed it: `channel:<id>` or `staff:<id>`.
    confirmed_by: str | None = None
    confirmed_at: datetime | None = instant(default=None, nullable=True)
    evidence: str | None = None
    invoice_number: str | None = None
    invoiced_by: UUID | None = None
    payment_approved_by: UUID | None = None
    #: What advances to the channel were covered by.
    recovered_fen: int = fen(default=0, sa_column_kwargs={"server_default": "0"})
    #: What the bank pays, fixed with the approval: the payable amount less what is withheld of it and recovered.
    payment_fen: int | None = fen(default=None, nullable=True)
    paid_on: date | None = None
    payment_reference: str | None = Field(default=None, unique=True)
    paid_by: UUID | None = None
