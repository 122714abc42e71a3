from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from complaints.cases.rules import (
    Command,
    ContactKind,
    FollowUp,
    InformMethod,
    Level,
    Reason,
    RootCause,
    Source,
    Status,
)
from complaints.parties.rules import Exclusion
from complaints.traits.rules import Regime, RequestKind, Tag, Urgency
from shared.http.bodies import Read
from shared.money import Money

#: Fields that complainants and channels are shown of a case; those of the decision only once they were informed.
SHOWN_OUTSIDE = frozenset(
    {
        "id",
        "version",
        "number",
        "status",
        "source",
        "reason",
        "client_id",
        "channel_id",
        "product_id",
        "received_at",
        "received_on",
        "facts",
        "demand",
        "amount",
        "persons",
        "repeat_of",
        "request_kinds",
        "due_on",
        "is_open",
        "is_overdue",
        "informed_on",
        "withdrawn_on",
        "reclassified_on",
        "reclassified_to",
        "rejected_on",
        "review_requested",
        "review_requested_on",
        "closed_on",
    }
)
SHOWN_ONCE_INFORMED = frozenset({"decision", "basis", "remedies", "is_upheld", "compensation"})


class ComplaintRead(Read):
    """A case. Channels and clients get null in the fields that are the company's own (handler, root cause, …)."""

    id: UUID
    version: int
    number: str
    status: Status
    source: Source
    reason: Reason
    client_id: UUID | None
    channel_id: UUID | None
    product_id: UUID | None
    received_at: datetime
    received_on: date
    facts: str | None
    demand: str | None
    amount: Money | None
    #: How many complain together; 1 for one alone.
    persons: int
    #: The ended case that it repeats.
    repeat_of: UUID | None
    due_on: date
    is_open: bool
    is_overdue: bool
    level: Level | None = None
    regime: Regime | None = None
    urgency: Urgency | None = None
    channel_code: str | None = None
    business_code: str | None = None
    reason_code: str | None = None
    classification_note: str | None = None
    tags: list[Tag] | None = None
    request_kinds: list[RequestKind] | None = None
    forwarding_number: str | None = None
    origin: str | None = None
    external_id: str | None = None
    product_class: str | None = None
    reason_text: str | None = None
    named_staff_id: UUID | None = None
    registered_by: str | None = None
    handler_id: UUID | None = None
    #: What speaks against the handler by now (回避): the case needs another one.
    handler_exclusions: list[Exclusion] | None = None
    #: The earliest due day among its open tasks, and whether it has passed.
    next_task_due_on: date | None = None
    has_overdue_task: bool | None = None
    decision: str | None = None
    basis: str | None = None
    remedies: str | None = None
    is_upheld: bool | None = None
    #: What the proposed decision pays the complainant; approved with it.
    proposed_compensation: Money | None = None
    proposed_by: UUID | None = None
    approved_by: UUID | None = None
    decided_on: date | None = None
    informed_on: date | None = None
    inform_method: InformMethod | None = None
    inform_proof: str | None = None
    is_in_time: bool | None = None
    restarted_on: date | None = None
    withdrawn_on: date | None = None
    reclassified_on: date | None = None
    reclassified_to: ContactKind | None = None
    rejected_on: date | None = None
    reject_reason: str | None = None
    withdraw_reason: str | None = None
    withdraw_proof: str | None = None
    review_requested: bool = False
    review_requested_on: date | None = None
    review_grounds: str | None = None
    follows_id: UUID | None = None
    follows_for: FollowUp | None = None
    closed_on: date | None = None
    root_cause: RootCause | None = None
    measures: str | None = None
    compensation: Money | None = None
    #: Commands that the state allows now.
    allowed: list[Command] = Field(default_factory=list)
