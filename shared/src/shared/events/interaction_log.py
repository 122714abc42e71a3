"""Events of interaction-log: interactions and follow-ups."""

from datetime import date
from uuid import UUID

from shared.events.base import Event


class _InteractionEvent(Event):
    """A contact with a client.

    Attributes:
        kind: `call`, `visit`, `meeting`, `email`, `wecom`, `event`, `letter` or `notice`.
        direction: `outbound` or `inbound`.
        is_reached: Whether the client was reached; only such contacts count for the rhythm.
        staff_id: Who spoke with the client; null if not of our staff.
    """

    interaction_id: UUID
    client_id: UUID
    kind: str
    direction: str
    is_reached: bool
    staff_id: UUID | None = None


class InteractionRecorded(_InteractionEvent):
    """A contact with a client was recorded; `occurred_at` is when it began."""

    type = "interaction-log.interaction.recorded.v1"
    consumers = ("complaints",)


class InteractionCorrected(_InteractionEvent):
    """A recorded contact was corrected; the fields are those that hold now, `occurred_at` is when it began."""

    type = "interaction-log.interaction.corrected.v1"
    consumers = ("complaints",)


class _FollowUpEvent(Event):
    follow_up_id: UUID
    client_id: UUID
    assignee_id: UUID | None = None


class FollowUpScheduled(_FollowUpEvent):
    """A follow-up was planned, or planned anew: the same id with another day or assignee.

    Attributes:
        assignee_id: The staff member who is to act; null while the client has no manager.
        due_on: Last day on which it is in time (Asia/Shanghai).
        reason: `rhythm`, `at_risk`, `requested` or `complaint_closed`.
    """

    type = "interaction-log.follow_up.scheduled.v1"
    consumers = ()

    due_on: date
    reason: str


class FollowUpCompleted(_FollowUpEvent):
    """A follow-up was done."""

    type = "interaction-log.follow_up.completed.v1"
    consumers = ()


class FollowUpCanceled(_FollowUpEvent):
    """A follow-up is no longer needed: the client is no longer at risk, or no longer active."""

    type = "interaction-log.follow_up.canceled.v1"
    consumers = ()


class FollowUpMissed(_FollowUpEvent):
    """A follow-up's day passed without contact.

    Attributes:
        due_on: The day that passed (Asia/Shanghai).
    """

    type = "interaction-log.follow_up.missed.v1"
    consumers = ()

    due_on: date
