from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from channel_commission.table_base import Table
from shared.database import instant
from shared.ids import new_id


class FeeHold(Table, table=True):
    """Why the fees of a dealing are not paid for the time being; the amounts are entries of the ledger."""

    __tablename__ = "fee_hold"
    __table_args__ = (
        CheckConstraint("released_by <> held_by", name="two_people"),
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="release"),
        Index("fee_hold_dealing_id_key", "dealing_id", unique=True, postgresql_where=text("released_at IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    dealing_id: UUID = Field(foreign_key="dealing.id")
    reason: str
    held_by: UUID
    held_at: datetime = instant()
    released_by: UUID | None = None
    released_at: datetime | None = instant(default=None, nullable=True)
    release_reason: str | None = None
