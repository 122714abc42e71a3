from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from complaints.findings.rules import Severity
from complaints.improvement.rules import ActionStatus
from complaints.inspections.schemas import InspectionDetail, SampledCaseRead
from shared.http.bodies import Body, Read, Text


class FindingCreate(Body):
    severity: Severity
    #: What is wrong.
    what: Text
    #: The rule that it goes against.
    basis: Text


class Examination(Body):
    #: Empty where nothing was found.
    findings: Annotated[list[FindingCreate], Field(max_length=10)]


class InspectionCompletion(Body):
    #: What the inspection comes to.
    conclusion: Text
    #: If cases of the sample were not examined: why not.
    why_not_all: Text | None = None


class FindingRead(Read):
    """What an inspection found in a case."""

    id: UUID
    complaint_id: UUID
    severity: Severity
    what: str | None
    basis: str | None
    found_at: datetime
    found_by: UUID


class ExaminationRead(SampledCaseRead):
    """An examined case with what was found in it."""

    findings: list[FindingRead]


class RectificationRead(Read):
    """An action by which a finding is put right."""

    id: UUID
    status: ActionStatus
    owner_id: UUID
    unit_id: UUID | None
    due_on: date
    is_overdue: bool


class FindingReport(FindingRead):
    """A finding with the actions by which it is put right."""

    actions: list[RectificationRead]
    is_put_right: bool


class InspectionReport(Read):
    """All of an inspection in one read."""

    inspection: InspectionDetail
    sampled: int
    examined: int
    #: Examined cases in which something was found.
    with_findings: int
    by_severity: dict[Severity, int]
    findings: list[FindingReport]
