from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import DATERANGE
from sqlmodel import Field

from channel_commission.agreements.rules import CardStatus
from channel_commission.cycles.rules import Cycle
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id

_AGREED = "CASE WHEN is_in_force THEN daterange(valid_from, valid_to) END"
#: Days of an approved version; none where another took them all.
_IN_FORCE = (
    "CASE WHEN status = 'approved' AND valid_from < coalesce(valid_to, 'infinity'::date)"
    " THEN daterange(valid_from, valid_to) END"
)


class Agreement(Table, table=True):
    """A contract with a channel; its rates stand in versions of its rate card."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="validity"),
        # A temporal key: every day of an agreement in force is one of an approved version (see migration 0010).
        ForeignKeyConstraint(
            ["id", "in_force"],
            ["rate_card.agreement_id", "rate_card.in_force"],
            name="agreement_no_gap",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    number: str = Field(unique=True)
    valid_from: date
    #: First day on which it no longer holds.
    valid_to: date | None = None
    #: When its fees are settled.
    cycle: Cycle = coded(Cycle, default=Cycle.MONTHLY)
    created_at: datetime = instant()
    #: Whether a version of its rate card is approved; from then on the database sees to it that every day has one.
    is_in_force: bool = False
    in_force: Any = Field(default=None, nullable=True, sa_type=DATERANGE, sa_column_args=(Computed(_AGREED),))


class RateCard(Table, table=True):
    __tablename__ = "rate_card"
    __table_args__ = (
        UniqueConstraint("agreement_id", "version"),
        # Likewise: no day is one of two approved versions.
        UniqueConstraint("agreement_id", "in_force", name="rate_card_no_overlap"),
        CheckConstraint(
            "decided_by <> created_by AND (changed_by IS NULL OR decided_by <> changed_by)"
            " AND decided_by <> submitted_by",
            name="two_people",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agreement_id: UUID = Field(foreign_key="agreement.id")
    version: int
    status: CardStatus = coded(CardStatus, default=CardStatus.DRAFT)
    valid_from: date
    #: First day on which another version or nothing holds; known once it is approved. Two approved versions cannot
    #: share a day, and those of an agreement in force leave none out (temporal keys, see migration 0010).
    valid_to: date | None = None
    in_force: Any = Field(default=None, nullable=True, sa_type=DATERANGE, sa_column_args=(Computed(_IN_FORCE),))
    #: Counts changes of the draft; the ETag.
    edits: int = 1
    created_by: UUID
    created_at: datetime = instant()
    #: Who last replaced the rules of the draft.
    changed_by: UUID | None = None
    submitted_by: UUID | None = None
    submitted_at: datetime | None = instant(default=None, nullable=True)
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
