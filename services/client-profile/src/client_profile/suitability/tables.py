from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from client_profile.suitability.rules import RiskLevel
from client_profile.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class RiskAssessment(Table, table=True):
    """Never changed: a further assessment is a further row."""

    __tablename__ = "risk_assessment"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    risk_level: RiskLevel = coded(RiskLevel)
    assessed_at: datetime = instant()
    assessed_on: date
    valid_until: date
    #: Who asked the questions, as in audit rows: `staff:<uuid>`, `client:<uuid>` or `channel:<uuid>`.
    assessed_by: str
    rule_version: str
    #: Empty where a channel reported its own result.
    answers: dict[str, Any] = document()
    #: What a channel's report brings: who it is and its evidence.
    channel_id: UUID | None = None
    proof_reference: str | None = None
    recording_number: str | None = None
