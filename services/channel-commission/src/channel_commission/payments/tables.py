from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from channel_commission.payments.rules import AttemptStatus, FileStatus
from channel_commission.table_base import Table
from shared.database import coded, fen, instant
from shared.ids import new_id


class PaymentFile(Table, table=True):
    """Payments handed to the bank together; what it says never changes."""

    __tablename__ = "payment_file"
    __table_args__ = (
        CheckConstraint("released_by <> prepared_by", name="two_people"),
        CheckConstraint("(status = 'released') = (released_by IS NOT NULL)", name="release"),
        CheckConstraint("total_fen > 0 AND payments > 0", name="totals"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str = Field(unique=True)
    status: FileStatus = coded(FileStatus, default=FileStatus.PREPARED)
    format_version: int
    payments: int
    total_fen: int = fen()
    content: str
    #: SHA-256 of the content; the release names it.
    digest: str
    prepared_by: UUID
    prepared_at: datetime = instant()
    released_by: UUID | None = None
    released_at: datetime | None = instant(default=None, nullable=True)
    canceled_by: UUID | None = None
    cancel_reason: str | None = None


class PaymentAttempt(Table, table=True):
    """One attempt to pay a statement. Until it is over there is no other, and once one is settled there never is."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("statement_id", "number"),
        Index(
            "payment_attempt_one_key",
            "statement_id",
            unique=True,
            postgresql_where=text("status NOT IN ('rejected', 'canceled')"),
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(status = 'settled') = (reference IS NOT NULL AND paid_on IS NOT NULL)", name="settled"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    statement_id: UUID = Field(foreign_key="statement.id")
    number: int
    file_id: UUID = Field(foreign_key="payment_file.id", index=True)
    #: The channel's account, for ever; null only in rows older than accounts (a trigger refuses new ones).
    payee_account_id: UUID | None = Field(default=None, foreign_key="payee_account.id", index=True)
    key: str = Field(unique=True)
    amount_fen: int = fen()
    status: AttemptStatus = coded(AttemptStatus, default=AttemptStatus.CREATED, index=True)
    paid_on: date | None = None
    reference: str | None = None
    reason: str | None = None
    answered_by: UUID | None = None
    answered_at: datetime | None = instant(default=None, nullable=True)
    #: When it was told that the bank's answer is late.
    alarmed_at: datetime | None = instant(default=None, nullable=True)
