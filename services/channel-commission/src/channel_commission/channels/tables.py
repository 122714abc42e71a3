from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from channel_commission.channels.rules import ChannelKind, ChannelStatus, LicenseKind, SuspensionReason
from channel_commission.table_base import Table
from shared.database import Aggregate, coded, instant
from shared.ids import new_id


class Channel(Aggregate, Table, table=True):
    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("kind <> 'unlicensed' OR status NOT IN ('active', 'suspended')", name="licensed"),
        CheckConstraint("approved_by <> due_diligence_by", name="two_people"),
        UniqueConstraint("origin", "external_id"),
    )

    number: str = Field(unique=True)
    name: str
    kind: ChannelKind = coded(ChannelKind)
    status: ChannelStatus = coded(ChannelStatus, default=ChannelStatus.PROSPECT, index=True)
    suspension_reason: SuspensionReason | None = coded(SuspensionReason, default=None, nullable=True)
    uscc: str | None = Field(default=None, index=True)
    #: The head office of a branch today; `ChannelEdge` has that of other days.
    parent_id: UUID | None = Field(default=None, foreign_key="channel.id", index=True)
    origin: str | None = None
    external_id: str | None = None
    registered_at: datetime = instant()
    due_diligence_by: UUID | None = None
    approved_by: UUID | None = None


class ChannelEdge(Table, table=True):
    """Under which head office a branch stands on which days, as known in which time; both half-open."""

    __tablename__ = "channel_edge"
    __table_args__ = (
        CheckConstraint("valid_until > valid_from AND known_until >= known_from", name="period"),
        CheckConstraint("parent_id <> channel_id", name="cycle"),
        ExcludeConstraint(
            ("channel_id", "="),
            (text("daterange(valid_from, valid_until)"), "&&"),
            (text("tstzrange(known_from, known_until)"), "&&"),
            name="channel_edge_no_overlap",
            using="gist",
        ),
        Index("channel_edge_parent_id_idx", "parent_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    parent_id: UUID = Field(foreign_key="channel.id")
    valid_from: date
    valid_until: date | None = None
    #: Set by the database's clock.
    known_from: datetime = instant()
    known_until: datetime | None = instant(default=None, nullable=True)


class ChannelLicense(Table, table=True):
    """Licenses of a channel, old ones included: a late dealing is judged by the license of its day."""

    __tablename__ = "channel_license"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="period"),
        Index("channel_license_channel_id_valid_to_idx", "channel_id", "valid_to"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    kind: LicenseKind = coded(LicenseKind)
    number: str
    issuer: str
    valid_from: date
    #: Last day.
    valid_to: date
    recorded_at: datetime = instant()
    #: The smallest notice of its end already given, in days before the end.
    notice_given: int | None = None


class Reassessment(Table, table=True):
    """A channel whose admission, rates or products changed: dealings that earned nothing are looked at again."""

    __tablename__ = "channel_reassessment"
    __table_args__ = (Index("channel_reassessment_since_idx", "since"),)

    channel_id: UUID = Field(primary_key=True, foreign_key="channel.id")
    since: datetime = instant()
    #: How far the work has come; null at the beginning.
    done_up_to: UUID | None = None
