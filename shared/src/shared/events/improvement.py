"""Events of complaints about what lies behind complaints."""

from datetime import date
from uuid import UUID

from shared.events.base import Event


class SystemicIssueConfirmed(Event):
    """Somebody confirmed that the same cause over one product and channel came too often (共性问题).

    Attributes:
        issue_id: The issue.
        root_cause: Code of the cause class.
        product_id: The product; null if none is concerned.
        channel_id: The partner channel; null if none is concerned.
        complaints: How many complaints it has.
        persons: How many persons made those of its window.
        window_from: First day of the window in which it was detected (Asia/Shanghai).
        window_to: Last day of it.
        rule_version: Version of the policy row that it was detected by.
    """

    type = "complaints.issue.confirmed.v1"
    consumers = ()

    issue_id: UUID
    root_cause: str
    product_id: UUID | None = None
    channel_id: UUID | None = None
    complaints: int
    persons: int
    window_from: date
    window_to: date
    rule_version: str


class AccountabilityOutcomeRecorded(Event):
    """What a case of accountability (问责) came to, for staff assessment and channel evaluation.

    Told when it is decided and again when an appeal is; the one with the highest version of the case holds.

    Attributes:
        accountability_id: The case of accountability.
        staff_id: The staff member held to account; null if it is a channel.
        channel_id: The partner channel held to account; null if it is a staff member.
        complaint_id: The complaint it came from; null if it came from elsewhere.
        severity: `minor`, `serious` or `grave`.
        measure: Code of the measure in force; null if none is, or none is any more.
        decided_on: Day of the decision told of (Asia/Shanghai).
        in_force_from: First day of the measure (Asia/Shanghai); null without one.
        has_appealed: Whether this is what an appeal came to.
    """

    type = "complaints.accountability.outcome_recorded.v1"
    consumers = ("channel_commission",)

    accountability_id: UUID
    staff_id: UUID | None = None
    channel_id: UUID | None = None
    complaint_id: UUID | None = None
    severity: str
    measure: str | None = None
    decided_on: date
    in_force_from: date | None = None
    has_appealed: bool
