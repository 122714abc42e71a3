from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from complaints.accountability.rules import AccountabilityCommand, AccountabilityStatus, AppealOutcome, Measure
from complaints.findings.rules import Severity
from complaints.improvement.rules import Origin
from shared.http.bodies import Body, Day, LongText, Read, Text

#: What who is held to account is shown once it is decided; the rest is the company's own.
SHOWN_TO_SUBJECT = frozenset(
    {
        *("id", "version", "status", "severity", "staff_id", "channel_id", "facts", "decision", "measure"),
        *("in_force_from", "decided_on", "appeal_until", "appealed_on", "appeal_grounds", "appeal_outcome"),
        *("appeal_decision", "appeal_decided_on", "allowed"),
    }
)


class AccountabilityCreate(Body):
    origin: Origin
    #: The complaint, systemic issue or finding.
    origin_id: UUID
    #: Who is held to account: a staff member or a channel.
    staff_id: UUID | None = None
    channel_id: UUID | None = None
    severity: Severity
    #: What was found to be done or left undone.
    facts: LongText


class Opinion(Body):
    opinion: Text
    #: Left out: none is proposed.
    measure: Measure | None = None
    #: Who is to decide: of another department.
    decider_id: UUID


class Referral(Body):
    decider_id: UUID
    reason: Text


class AccountabilityDecision(Body):
    #: On what facts and rules it rests.
    decision: Text
    #: Left out: nobody is held to account.
    measure: Measure | None = None
    #: First day of the measure; today if left out.
    in_force_from: Day | None = None


class Appeal(Body):
    grounds: LongText


class AppealDecision(Body):
    outcome: AppealOutcome
    decision: Text
    #: Of a changed decision.
    measure: Measure | None = None


class AccountabilityRead(Read):
    """A case of accountability (问责). Who is held to account gets null in the fields that are the company's own."""

    id: UUID
    version: int
    status: AccountabilityStatus
    severity: Severity
    staff_id: UUID | None
    channel_id: UUID | None
    facts: str | None
    decision: str | None
    measure: Measure | None
    in_force_from: date | None
    decided_on: date | None
    #: The last day of an appeal.
    appeal_until: date | None
    appealed_on: date | None
    appeal_grounds: str | None
    appeal_outcome: AppealOutcome | None
    appeal_decision: str | None
    appeal_decided_on: date | None
    origin: Origin | None = None
    origin_id: UUID | None = None
    complaint_id: UUID | None = None
    found_at: datetime | None = None
    found_by: UUID | None = None
    opinion: str | None = None
    proposed_measure: Measure | None = None
    opined_at: datetime | None = None
    opined_by: UUID | None = None
    decider_id: UUID | None = None
    decided_by: UUID | None = None
    rule_version: str | None = None
    appeal_decided_by: UUID | None = None
    #: Commands that the state allows now.
    allowed: list[AccountabilityCommand] = Field(default_factory=list)
