from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from client_profile.qualifications.rules import QualificationBasis, QualificationStatus
from client_profile.table_base import Table
from shared.database import coded, fen, instant
from shared.ids import new_id


class Qualification(Table, table=True):
    __tablename__ = "qualification"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("experience_years >= 0", name="experience_years"),
        Index(
            "qualification_lapsing_idx", "valid_until", postgresql_where=text("status = 'confirmed' AND NOT is_lapsed")
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    basis: QualificationBasis = coded(QualificationBasis)
    status: QualificationStatus = coded(QualificationStatus)
    amount_fen: int | None = fen(default=None, nullable=True)
    experience_years: int
    proof_on: date
    proof_reference: str
    valid_until: date
    rule_version: str
    submitted_by: str
    submitted_at: datetime = instant()
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
    #: Set once its last day has passed and that was told.
    is_lapsed: bool = False
