from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from complaints.approvals.rules import Authority
from complaints.table_base import Table
from shared.database import coded, fen


class Compensation(Table, table=True):
    """What was agreed to be paid to the complainant of a case, and the proof that it was."""

    __tablename__ = "compensation"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(paid_on IS NULL) = (paid_by IS NULL)", name="paid"),
        CheckConstraint("(approved_on IS NULL) = (approved_by IS NULL)", name="approved"),
        Index("compensation_unpaid_idx", "agreed_on", "complaint_id", postgresql_where=text("paid_on IS NULL")),
    )

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    amount: int = fen()
    agreed_on: date
    #: Where the agreement is kept; null once the file was emptied.
    agreement: str | None = None
    agreed_by: UUID
    #: Whose word it needs by which limits; null for what was agreed before there were limits.
    needs: Authority | None = coded(Authority, default=None, nullable=True)
    rule_version: str | None = None
    approved_on: date | None = None
    approved_by: UUID | None = None
    paid_on: date | None = None
    payment_proof: str | None = None
    paid_by: UUID | None = None
