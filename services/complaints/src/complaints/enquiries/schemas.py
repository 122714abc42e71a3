from datetime import datetime
from uuid import UUID

from pydantic import Field

from complaints.cases.rules import ContactKind, Source
from complaints.enquiries.rules import EnquiryCommand, EnquiryStatus
from complaints.parties.schemas import ComplainantCreate
from shared.http.bodies import Body, Instant, LongText, Read, ShortText, Text

#: What an enquirer is shown; the rest is the company's own.
SHOWN_OUTSIDE = frozenset(
    {
        *("id", "version", "number", "kind", "status", "source", "client_id", "product_id", "content"),
        *("received_at", "answer", "is_adopted", "why_not", "answered_at", "complaint_id"),
    }
)


class EnquiryCreate(Body):
    kind: ContactKind
    content: LongText
    client_id: UUID | None = None
    #: Name and phone of who is no client; a report of violation may do without both.
    enquirer: ComplainantCreate | None = None
    product_id: UUID | None = None
    #: Staff only: how it came in.
    source: Source | None = None
    #: Staff only: the authority's number of what it forwarded (转办编号).
    forwarding_number: ShortText | None = None
    #: Staff only: the staff member it is about.
    named_staff_id: UUID | None = None
    #: Staff only; now if left out.
    received_at: Instant | None = None


class Ownership(Body):
    owner_id: UUID


class Answer(Body):
    answer: LongText
    #: Of a suggestion: whether the company adopts it.
    is_adopted: bool | None = None
    #: Of a suggestion that is not adopted: why not.
    why_not: Text | None = None


class EnquiryEscalationRead(Read):
    percent: int
    office: str
    due_at: datetime
    told_at: datetime


class EnquiryRead(Read):
    """An enquiry, suggestion or report of violation. Clients get null in the fields that are the company's own."""

    id: UUID
    version: int
    number: str
    kind: ContactKind
    status: EnquiryStatus
    source: Source
    client_id: UUID | None
    product_id: UUID | None
    content: str | None
    received_at: datetime
    answer: str | None
    is_adopted: bool | None
    why_not: str | None
    answered_at: datetime | None
    #: The case that came of it.
    complaint_id: UUID | None
    masked_name: str | None = None
    masked_phone: str | None = None
    forwarding_number: str | None = None
    named_staff_id: UUID | None = None
    #: The case it was taken for first.
    from_complaint_id: UUID | None = None
    registered_by: str | None = None
    owner_id: UUID | None = None
    answered_by: str | None = None
    #: Working minutes to answer in, until when, and whether that was kept.
    target_minutes: int | None = None
    due_at: datetime | None = None
    is_overdue: bool | None = None
    is_met: bool | None = None
    rule_version: str | None = None
    calendar_version: str | None = None
    #: Commands that the state allows now.
    allowed: list[EnquiryCommand] = Field(default_factory=list)


class EnquiryDetail(EnquiryRead):
    """With the levels of its clock that were told of."""

    escalations: list[EnquiryEscalationRead] = Field(default_factory=list)
