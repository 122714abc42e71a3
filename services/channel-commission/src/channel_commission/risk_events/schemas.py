from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.risk_events.rules import RedLine, RiskStatus, Severity
from shared.http.bodies import Body, Read, Text


class RiskEventCreate(Body):
    severity: Severity
    red_line: Annotated[RedLine | None, Field(description="Which red line (红线) was crossed, if one was.")] = None
    occurred_on: BusinessDate
    facts: Text
    evidence: Annotated[Text, Field(description="Where the evidence is kept.")]
    owner_id: Annotated[UUID, Field(description="Staff member who sees to the measure.")]
    measure: Text
    due_on: BusinessDate


class Assignment(Body):
    """Another owner, measure or day; a measure that was reported done is open again."""

    owner_id: UUID
    measure: Text
    due_on: BusinessDate


class MeasureResult(Body):
    result: Annotated[Text, Field(description="What was done, and where the evidence is kept.")]


class Check(Body):
    is_effective: Annotated[bool, Field(description="False opens the event again.")]
    note: Text


class RiskEventRead(Read):
    id: UUID
    channel_id: UUID
    severity: Severity
    red_line: RedLine | None
    status: RiskStatus
    occurred_on: date
    facts: str
    evidence: str
    reported_by: UUID
    reported_at: datetime
    owner_id: UUID
    measure: str
    due_on: date
    result: str | None
    measured_by: UUID | None
    measured_at: datetime | None
    check_note: str | None
    checked_by: UUID | None
    checked_at: datetime | None
