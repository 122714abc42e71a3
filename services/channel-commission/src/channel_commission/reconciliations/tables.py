from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, CheckConstraint, Index, Integer, Uuid
from sqlmodel import Field

from channel_commission.reconciliations.rules import Finding, Side
from channel_commission.table_base import Table
from shared.database import coded, fen, instant
from shared.ids import new_id


class Reconciliation(Table, table=True):
    """A file compared with what we had: the same file and the same lines of ours are compared once."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        CheckConstraint("(side = 'partner') = (statement_id IS NOT NULL)", name="statement"),
        CheckConstraint("(side = 'bank') = (paid_in IS NOT NULL)", name="paid_in"),
        Index("reconciliation_paid_in_idx", "paid_in"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    side: Side = coded(Side)
    #: What a partner's file is about.
    statement_id: UUID | None = Field(default=None, foreign_key="statement.id", index=True)
    #: Month of the payments that a bank's file is about.
    paid_in: str | None = Field(default=None, sa_type=CHAR(7))
    #: SHA-256 of the file, of its headings as told, and of our lines.
    inputs_sha256: str = Field(unique=True)
    file_sha256: str
    rows: int
    our_fen: int = fen()
    their_fen: int = fen()
    compared_by: UUID
    compared_at: datetime = instant()


class ReconciliationFinding(Table, table=True):
    __tablename__ = "reconciliation_finding"
    __table_args__ = (CheckConstraint("(resolved_by IS NULL) = (reason IS NULL)", name="resolved"),)

    reconciliation_id: UUID = Field(primary_key=True, foreign_key="reconciliation.id")
    place: int = Field(primary_key=True)
    finding: Finding = coded(Finding)
    #: Confirmation number or reference of the payment; empty where their row has none.
    number: str
    our_fen: int = fen()
    their_fen: int = fen()
    #: Entries, or statements where payments are compared.
    ours: list[UUID] = Field(sa_type=ARRAY(Uuid))
    #: Rows of the file.
    theirs: list[int] = Field(sa_type=ARRAY(Integer))
    resolved_by: UUID | None = None
    resolved_at: datetime | None = instant(default=None, nullable=True)
    reason: str | None = None
