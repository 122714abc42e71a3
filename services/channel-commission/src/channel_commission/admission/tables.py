from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.table_base import Table
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
