from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from client_profile.qualifications.schemas import QualificationWhy, Reference
from client_profile.suitability.rules import RiskLevel
from shared.http.bodies import Body, Day, Read

AnswerCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]


class RiskAssessmentCreate(Body):
    questionnaire_version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,40}$")]
    answers: dict[AnswerCode, AnswerCode] = Field(
        max_length=100, description="Option by question, as in GET /v1/risk-questionnaire; every question answered."
    )


class ChannelAssessmentCreate(Body):
    """A channel's own assessment of the client, with its evidence."""

    risk_level: RiskLevel = Field(description="The channel's own result.")
    assessed_on: Day
    proof_reference: Reference = Field(description="Where the channel keeps the signed questionnaire.")
    recording_number: Reference = Field(description="Number of the recording (双录).")


class QuestionOption(Read):
    code: str
    zh: str


class Question(Read):
    code: str
    zh: str
    options: list[QuestionOption]


class QuestionnaireRead(Read):
    version: str
    questions: list[Question]


class RiskAssessmentRead(Read):
    id: UUID
    client_id: UUID
    risk_level: RiskLevel
    assessed_at: datetime
    assessed_on: date
    valid_until: date
    assessed_by: str
    rule_version: str
    channel_id: UUID | None
    proof_reference: str | None
    recording_number: str | None


class AnswerLine(Read):
    question: str
    option: str
    points: int
    cap: RiskLevel | None


class RiskLevelWhy(Read):
    """How the level came about: points per answer, their sum, the bands; empty lines for a channel's own result."""

    assessment: RiskAssessmentRead
    lines: list[AnswerLine]
    points: int | None
    bands: dict[str, int] | None
    in_date: list[UUID] = Field(description="All assessments in date, from which the deciding one was taken.")


class SuitabilityRead(Read):
    """What counts for the client on a day, with the facts and the arithmetic behind it."""

    client_id: UUID
    on: date
    risk_level: RiskLevel | None = Field(description="Null without an assessment in date.")
    risk_level_valid_until: date | None
    risk_level_why: RiskLevelWhy | None
    is_qualified: bool
    qualified_until: date | None
    qualification_why: QualificationWhy | None
