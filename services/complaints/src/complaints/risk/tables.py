from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from complaints.reasons.rules import RiskLevel
from complaints.table_base import Table
from shared.database import Aggregate, coded, instant
from shared.ids import new_id


class ClientRisk(Aggregate, Table, table=True):
    """A client's at-risk level as last assessed; its id is the client's."""

    __tablename__ = "client_risk"
    __table_args__ = (
        Index("client_risk_flagged_score_idx", "score", "id", postgresql_where=text("level IN ('high', 'medium')")),
    )

    level: RiskLevel = coded(RiskLevel, default=RiskLevel.LOW)
    score: int = 0
    #: Codes of the reasons that hold, most points first.
    reasons: list[str] = Field(default_factory=list, sa_type=ARRAY(TEXT))
    rule_version: str
    assessed_on: date = Field(index=True)
    flagged_at: datetime | None = instant(default=None, nullable=True)


class RiskOverride(Table, table=True):
    """Somebody's judgement of a client's level in place of the rule's, until it expires or is taken back."""

    __tablename__ = "risk_override"
    __table_args__ = (CheckConstraint("given_on <= until", name="ends"), Index("risk_override_until_idx", "until"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(index=True)
    level: RiskLevel = coded(RiskLevel)
    reason: str
    given_on: date
    given_by: str
    #: First day on which it holds no more.
    until: date
    ended_by: str | None = None
