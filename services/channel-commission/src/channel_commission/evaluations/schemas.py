from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from channel_commission.channels.schemas import BusinessDate
from channel_commission.evaluations.rules import Conformity, EvaluationKind, EvaluationStatus, Stability, Stage
from channel_commission.scorecards.rules import Grade
from shared.http.bodies import Body, Read, Text


class EvaluationOrder(Body):
    """An evaluation out of turn, e.g. after one that failed."""

    due_on: BusinessDate
    reason: Text


class EvaluationReport(Body):
    """What was found: the scorecard it rests on, and a conclusion on stability and on compliance (稳定性、合规性)."""

    scorecard_id: UUID
    stability: Stability
    stability_findings: Annotated[Text, Field(description="Sales team, systems, finances, will to go on.")]
    conformity: Conformity
    conformity_findings: Annotated[Text, Field(description="Licenses, recordings, penalties, suitability, complaints.")]
    evidence: Annotated[Text, Field(description="Where the papers are kept.")]


class EvaluationDecision(Body):
    note: Text


class EvaluationRead(Read):
    id: UUID
    channel_id: UUID
    kind: EvaluationKind
    trigger_id: UUID | None
    status: EvaluationStatus
    stage: Stage
    opened_at: datetime
    due_on: date
    scorecard_id: UUID | None
    grade: Grade | None
    stability: Stability | None
    stability_findings: str | None
    conformity: Conformity | None
    conformity_findings: str | None
    evidence: str | None
    evaluated_by: UUID | None
    evaluated_at: datetime | None
    #: What stood against it: red_line, grade_d, unstable, violating.
    against: list[str] | None
    decision_note: str | None
    decided_by: UUID | None
    decided_on: date | None
    settled_at: datetime | None
