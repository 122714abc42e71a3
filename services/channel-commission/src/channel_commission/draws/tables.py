from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from channel_commission.draws.rules import DrawStatus
from channel_commission.products.rules import Bearer
from channel_commission.table_base import Table
from shared.database import coded, fen, instant
from shared.ids import new_id


class Draw(Table, table=True):
    """An advance to a channel out of the books of one bearer."""

    __tablename__ = "draw"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        CheckConstraint("(bearer = 'trust_plan') = (plan_id IS NOT NULL)", name="bearer"),
        CheckConstraint("(status = 'paid') = (paid_on IS NOT NULL AND payment_reference IS NOT NULL)", name="paid"),
        Index("draw_books_idx", "channel_id", "bearer", "plan_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    bearer: Bearer = coded(Bearer)
    plan_id: UUID | None = Field(default=None, foreign_key="product.id")
    amount_fen: int = fen()
    reason: str
    status: DrawStatus = coded(DrawStatus, default=DrawStatus.PROPOSED)
    proposed_by: UUID
    proposed_at: datetime = instant()
    #: Who approved or refused it.
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
    refusal: str | None = None
    paid_on: date | None = None
    payment_reference: str | None = Field(default=None, unique=True)
    paid_by: UUID | None = None


class DrawRecovery(Table, table=True):
    """What a statement's payment kept back of a draw; below zero, what it gave back when it became void."""

    __tablename__ = "draw_recovery"
    __table_args__ = (
        UniqueConstraint("draw_id", "statement_id", "is_given_back"),
        CheckConstraint("CASE WHEN is_given_back THEN amount_fen < 0 ELSE amount_fen > 0 END", name="amount"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    draw_id: UUID = Field(foreign_key="draw.id")
    #: Statements are kept by a feature above this one.
    statement_id: UUID = Field(index=True)
    is_given_back: bool
    amount_fen: int = fen()
    recorded_at: datetime = instant()
