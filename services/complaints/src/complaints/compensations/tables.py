from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import fen


class Compensation(Table, table=True):
    """What was agreed to be paid to the complainant of a case, and the proof that it was."""

    __tablename__ = "compensation"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(paid_on IS NULL) = (paid_by IS NULL)", name="paid"),
    )

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    amount: int = fen()
    agreed_on: date
    #: Where the agreement is kept; null once the file was emptied.
    agreement: str | None = None
    agreed_by: UUID
    paid_on: date | None = None
    payment_proof: str | None = None
    paid_by: UUID | None = None
