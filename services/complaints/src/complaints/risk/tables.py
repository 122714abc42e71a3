from datetime import date, datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from complaints.reasons.rules import RiskLevel
from complaints.table_base import Table
from shared.database import Aggregate, coded, instant


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
