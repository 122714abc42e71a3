"""Events of complaints: cases and clients at risk."""

from datetime import date
from uuid import UUID

from shared.events.base import Event
from shared.money import Money


class _ComplaintEvent(Event):
    """Something that happened to a case.

    Attributes:
        complaint_id: The case.
        client_id: The client it concerns; null while not known.
        channel_id: The partner channel whose sale it concerns; null if none.
    """

    complaint_id: UUID
    client_id: UUID | None = None
    channel_id: UUID | None = None


class ComplaintRegistered(_ComplaintEvent):
    """A complaint was registered and its legal clock started.

    Attributes:
        product_id: The product it concerns, if any.
        level: `ordinary`, `complicated` or `major`.
        reason: Code of the reason class.
        received_on: Day of receipt (Asia/Shanghai).
        due_on: Last day for informing the complainant.
    """

    type = "complaints.complaint.registered.v1"
    consumers = ("channel_commission", "client_profile")

    product_id: UUID | None = None
    level: str
    reason: str
    received_on: date
    due_on: date


class ComplaintClientLinked(_ComplaintEvent):
    """It became known which client a case concerns; `client_id` is that client."""

    type = "complaints.complaint.client_linked.v1"
    consumers = ("client_profile",)


class ComplaintClassified(_ComplaintEvent):
    """What a case is said to be changed.

    Attributes:
        level: `ordinary`, `complicated` or `major`.
        reason: Code of the reason class.
    """

    type = "complaints.complaint.classified.v1"
    consumers = ()

    level: str
    reason: str


class ComplaintAssigned(_ComplaintEvent):
    """A case got a (new) handler.

    Attributes:
        handler_id: The staff member who handles it.
    """

    type = "complaints.complaint.assigned.v1"
    consumers = ()

    handler_id: UUID


class ComplaintExtended(_ComplaintEvent):
    """The legal time was extended.

    Attributes:
        due_on: The last day now.
        limit_days: Days from receipt that hold now: 30 or 60.
    """

    type = "complaints.complaint.extended.v1"
    consumers = ()

    due_on: date
    limit_days: int


class ComplaintDecided(_ComplaintEvent):
    """A case was decided; the clock runs on until the complainant is informed.

    Attributes:
        is_upheld: Whether the complaint was found justified (有责).
    """

    type = "complaints.complaint.decided.v1"
    consumers = ("channel_commission",)

    is_upheld: bool


class ComplaintInformed(_ComplaintEvent):
    """The complainant was informed; the legal clock stops.

    Attributes:
        informed_on: Day of informing (Asia/Shanghai).
        is_in_time: Whether that was on or before the due date.
    """

    type = "complaints.complaint.informed.v1"
    consumers = ("client_profile",)

    informed_on: date
    is_in_time: bool


class ComplaintOverdue(_ComplaintEvent):
    """The due date passed without informing; once per due date.

    Attributes:
        due_on: The day that passed.
    """

    type = "complaints.complaint.overdue.v1"
    consumers = ()

    due_on: date


class ComplaintSuspended(_ComplaintEvent):
    """The legal clock stands still for an appraisal by others (外部鉴定、检测、评估).

    Attributes:
        suspended_on: The first day that does not count.
    """

    type = "complaints.complaint.suspended.v1"
    consumers = ()

    suspended_on: date


class ComplaintResumed(_ComplaintEvent):
    """The result of the appraisal arrived; the legal clock goes on.

    Attributes:
        excluded_days: Days of appraisal since the clock started that do not count.
        due_on: The last day now.
    """

    type = "complaints.complaint.resumed.v1"
    consumers = ()

    excluded_days: int
    due_on: date


class ComplaintRestarted(_ComplaintEvent):
    """New facts and reasons came in before the complainant was informed; the legal clock starts anew.

    Attributes:
        restarted_on: Day on which the new material arrived (Asia/Shanghai).
        due_on: The last day now.
    """

    type = "complaints.complaint.restarted.v1"
    consumers = ()

    restarted_on: date
    due_on: date


class ComplaintEscalated(_ComplaintEvent):
    """One of a case's clocks reached a level; once per clock and level.

    Attributes:
        clock: `legal`, `acknowledge`, `first_response`, `next_response` or `review`.
        round: Which of the clocks of this kind, from 1 on.
        percent: How much of the time is used: 50, 75, 90; 100 when it is over.
        office: The role to be told.
        due_on: The day on which the time is over (Asia/Shanghai).
    """

    type = "complaints.complaint.escalated.v1"
    consumers = ()

    clock: str
    round: int
    percent: int
    office: str
    due_on: date


class ComplaintWithdrawn(_ComplaintEvent):
    """The complainant withdrew; the procedure ended that day."""

    type = "complaints.complaint.withdrawn.v1"
    consumers = ("channel_commission", "client_profile")


class ComplaintReclassified(_ComplaintEvent):
    """What was taken for a complaint is none; the case is over and counts as no complaint.

    Attributes:
        kind: What it is: `enquiry`, `suggestion` or `violation_report`.
    """

    type = "complaints.complaint.reclassified.v1"
    consumers = ("client_profile",)

    kind: str


class ComplaintRejected(_ComplaintEvent):
    """Whoever filed had no authority to complain and was told so; the case is over and counts as no complaint."""

    type = "complaints.complaint.rejected.v1"
    consumers = ("client_profile",)


class ComplaintReviewRequested(_ComplaintEvent):
    """The complainant asked for a review of the result."""

    type = "complaints.complaint.review_requested.v1"
    consumers = ("client_profile",)


class ComplaintReviewDecided(_ComplaintEvent):
    """A request for a review was decided, or answered by the notice that no office stands above the one that handled.

    Attributes:
        outcome: `upheld`, `changed`, `sent_back` or `no_superior`.
        is_upheld: Whether the complaint is justified (有责) after the review; null where the review does not say.
        follow_up_id: The case in which it is handled again after it was sent back; null otherwise.
    """

    type = "complaints.complaint.review_decided.v1"
    consumers = ()

    outcome: str
    is_upheld: bool | None = None
    follow_up_id: UUID | None = None


class ComplaintClosed(_ComplaintEvent):
    """A case was closed with its root cause.

    Attributes:
        root_cause: Code of the cause class.
        compensation: What the complainant was paid; null if nothing.
    """

    type = "complaints.complaint.closed.v1"
    consumers = ("interaction_log", "client_profile")

    root_cause: str
    compensation: Money | None = None


class ComplaintChannelOutcomeRecorded(_ComplaintEvent):
    """What a case about a channel's sale came to, and how the channel cooperated, for its evaluation (合作渠道评价).

    Told when the case's end is recorded (informed or withdrawn) and again when more of it is (the closing); never of a
    case without a channel. The one with the highest version of the case holds.

    Attributes:
        product_id: The product it concerns, if any.
        level: `ordinary`, `complicated` or `major`.
        reason: Code of the reason class.
        outcome: `upheld` (有责), `not_upheld`, `unstated` (cases of the past only) or `withdrawn`.
        received_on: Day of receipt (Asia/Shanghai).
        ended_on: Day of informing or of the withdrawal (Asia/Shanghai).
        is_in_time: Whether the complainant was informed in time; null if the case was withdrawn.
        root_cause: Code of the cause class; null until the case is closed.
        compensation: What the complainant was paid; null if nothing, or not known yet.
        statements: How many statements the channel gave while the case was open.
        first_stated_on: Day of the channel's first statement (Asia/Shanghai); null if it gave none.
    """

    type = "complaints.complaint.channel_outcome_recorded.v1"
    consumers = ("channel_commission",)

    product_id: UUID | None = None
    level: str
    reason: str
    outcome: str
    received_on: date
    ended_on: date
    is_in_time: bool | None = None
    root_cause: str | None = None
    compensation: Money | None = None
    statements: int
    first_stated_on: date | None = None
