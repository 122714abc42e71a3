from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import Field

from channel_commission.scorecards.rules import Grade
from channel_commission.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class ChannelComplaint(Table, table=True):
    """A complaint about a channel's sale, as the complaints service told; nothing of its client is kept."""

    __tablename__ = "channel_complaint"
    __table_args__ = (Index("channel_complaint_channel_id_received_on_idx", "channel_id", "received_on"),)

    complaint_id: UUID = Field(primary_key=True)
    channel_id: UUID
    #: Day of receipt (Asia/Shanghai); null while only later news of it came.
    received_on: date | None = None
    is_upheld: bool | None = None
    is_withdrawn: bool = False


class ChannelOutcome(Table, table=True):
    """What a complaint about a channel's sale came to, and how often the channel spoke to it; the newest word of it."""

    __tablename__ = "channel_outcome"
    __table_args__ = (Index("channel_outcome_channel_id_ended_on_idx", "channel_id", "ended_on"),)

    complaint_id: UUID = Field(primary_key=True)
    #: Version of the case when this was told: the highest one holds.
    version: int = Field(sa_type=BigInteger)
    channel_id: UUID
    outcome: str
    #: Day of informing or of the withdrawal (Asia/Shanghai).
    ended_on: date
    statements: int


class ChannelMeasure(Table, table=True):
    """What holding a channel to account (问责) came to; the newest word of it."""

    __tablename__ = "channel_measure"
    __table_args__ = (Index("channel_measure_channel_id_in_force_from_idx", "channel_id", "in_force_from"),)

    accountability_id: UUID = Field(primary_key=True)
    #: Version of the case of accountability when this was told: the highest one holds.
    version: int = Field(sa_type=BigInteger)
    channel_id: UUID
    severity: str
    #: Both null where no measure holds, or none any more.
    measure: str | None = None
    in_force_from: date | None = None


class ChannelScorecard(Table, table=True):
    """A scorecard as it was computed: its facts and policy give it again. New facts make a new revision."""

    __tablename__ = "channel_scorecard"
    __table_args__ = (
        CheckConstraint("valid_until > valid_from", name="period"),
        UniqueConstraint("channel_id", "valid_from", "valid_until", "revision", name="channel_scorecard_revision_key"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel_id: UUID = Field(foreign_key="channel.id")
    #: The period's days: half-open.
    valid_from: date
    valid_until: date
    revision: int
    facts: dict[str, Any] = document()
    policy: dict[str, Any] = document()
    policy_version: str
    score: Decimal | None = Field(default=None, sa_type=Numeric(5, 2))
    grade: Grade | None = coded(Grade, default=None, nullable=True)
    computed_at: datetime = instant()
