from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.products.rules import Bearer
from channel_commission.table_base import Table
from channel_commission.vouchers.rules import AccountRole, PostingKind
from shared.database import coded, fen, instant
from shared.ids import new_id


class Posting(Table, table=True):
    """An amount from one account to another in the books of one fee bearer; it never changes."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("txn_key", "leg"),
        CheckConstraint("amount_fen > 0 AND debit <> credit", name="pair"),
        CheckConstraint("(bearer = 'trust_plan') = (plan_id IS NOT NULL)", name="bearer"),
        # Two postings of a transaction are never in different books.
        ExcludeConstraint(
            ("txn_key", "="),
            (text("coalesce(plan_id, '00000000-0000-0000-0000-000000000000'::uuid)"), "<>"),
            name="posting_one_bearer",
            using="gist",
        ),
        Index("posting_to_export_idx", "bearer", "plan_id", postgresql_where=text("export_id IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    #: What it is made for: `accrual:<month>:<channel>:<books>`, `settlement:<statement>` and so on; once.
    txn_key: str
    leg: int
    kind: PostingKind = coded(PostingKind)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    bearer: Bearer = coded(Bearer)
    #: The trust plan in whose books it is; null for the company's.
    plan_id: UUID | None = None
    #: The product whose sales earned it, where it is of one.
    product_id: UUID | None = None
    debit: AccountRole = coded(AccountRole)
    credit: AccountRole = coded(AccountRole)
    #: Codes of the accounts in force on the day.
    debit_account: str
    credit_account: str
    amount_fen: int = fen()
    effective_on: date
    posted_at: datetime = instant()
    export_id: UUID | None = Field(default=None, foreign_key="voucher_export.id", index=True)


class VoucherExport(Table, table=True):
    """Postings handed to the finance ledger together; what it says never changes."""

    __tablename__ = "voucher_export"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str = Field(unique=True)
    bearer: Bearer = coded(Bearer)
    plan_id: UUID | None = None
    through: date
    postings: int
    total_fen: int = fen()
    content: str
    #: SHA-256 of the content.
    digest: str
    exported_by: UUID
    exported_at: datetime = instant()
