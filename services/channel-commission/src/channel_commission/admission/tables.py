from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.admission.rules import Effect
from channel_commission.channels.rules import SuspensionReason
from channel_commission.table_base import Table
from shared.database import coded, instant
from shared.ids import new_id


class ActiveSpan(Table, table=True):
    """Days on which a channel could earn: half-open, open-ended while it is active."""

    __tablename__ = "channel_active_span"
    __table_args__ = (
        CheckConstraint("active_until >= active_from", name="period"),
        ExcludeConstraint(
            ("channel_id", "="),
            (text("daterange(active_from, active_until)"), "&&"),
            name="channel_active_span_no_overlap",
            using="gist",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    active_from: date
    active_until: date | None = None


class Restriction(Table, table=True):
    """Something that forbids a channel to sell or to take new products until it is settled."""

    __tablename__ = "channel_restriction"
    __table_args__ = (
        Index(
            "channel_restriction_source_key",
            "source_id",
            "effect",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id", index=True)
    effect: Effect = coded(Effect)
    reason: SuspensionReason = coded(SuspensionReason)
    #: The risk event or evaluation it comes from.
    source_id: UUID
    since: datetime = instant()
    lifted_at: datetime | None = instant(default=None, nullable=True)
