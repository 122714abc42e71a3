from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from ops_dashboard.table_base import Table
from shared.database import instant


class ClientAtRisk(Table, table=True):
    """A client's at-risk level as last told; `flagged_at` is null once cleared."""

    __tablename__ = "client_at_risk"
    __table_args__ = (
        Index("client_at_risk_flagged_idx", "score", "client_id", postgresql_where=text("flagged_at IS NOT NULL")),
    )

    client_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    level: str
    score: int
    reasons: list[str] = Field(sa_type=ARRAY(TEXT))
    flagged_at: datetime | None = instant(default=None, nullable=True)
