from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from complaints.cases.rules import Level, Reason, RootCause, Status
from complaints.systemic.rules import Ground, IssueCommand, IssueStatus
from shared.http.bodies import Body, Read, Text


class IssueDecision(Body):
    #: What it rests on.
    reason: Text


class IssueResolution(Body):
    #: What was put right.
    resolution: Text


class ThresholdsRead(Read):
    """The numbers of the policy that the issue was detected by."""

    days: int
    complaints: int
    persons: int
    days_before: int
    times_percent: int
    always: int


class IssueRead(Read):
    """The same cause over one product and channel, too often (共性问题)."""

    id: UUID
    version: int
    root_cause: RootCause
    product_id: UUID | None
    channel_id: UUID | None
    status: IssueStatus
    #: Days counted when it was detected, complaints received in them, and persons who made these.
    window_from: date
    window_to: date
    complaints: int
    persons: int
    #: From this day to the window: the complaints it was compared with.
    before_from: date
    before: int
    #: Why these numbers are an issue.
    grounds: list[Ground]
    thresholds: ThresholdsRead
    rule_version: str
    #: The path of the list of exactly the complaints counted.
    cases: str
    #: Complaints of the same kind that joined since, and the path of their list.
    further: int
    further_cases: str
    detected_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    reason: str | None
    resolved_at: datetime | None
    resolved_by: UUID | None
    resolution: str | None
    #: Commands that the state allows now.
    allowed: list[IssueCommand] = Field(default_factory=list)


class IssueCaseRead(Read):
    """A case of an issue; it names nobody, so cases of erased clients are listed too."""

    id: UUID
    number: str
    status: Status
    level: Level
    reason: Reason
    received_on: date
    is_counted: bool
