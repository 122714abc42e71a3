from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from complaints.cases.rules import ContactKind, Source
from complaints.enquiries.rules import EnquiryStatus
from complaints.table_base import Table
from shared.database import coded, document, instant
from shared.ids import new_id


class EnquirySequence(Table, table=True):
    """The last sequence number given to what was received in a year."""

    __tablename__ = "enquiry_sequence"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class Enquiry(Table, table=True):
    """An enquiry, a suggestion or a report of violation; in a table of its own, so that nothing counts it as a case."""

    __tablename__ = "enquiry"
    __table_args__ = (
        CheckConstraint("kind <> 'complaint'", name="kind"),
        CheckConstraint("(status = 'reclassified') = (complaint_id IS NOT NULL)", name="reclassified"),
        CheckConstraint("answered_at IS NOT NULL OR status <> 'answered'", name="answered"),
        Index("enquiry_received_at_id_idx", "received_at", "id"),
        Index("enquiry_client_id_idx", "client_id", "received_at", "id"),
        Index("enquiry_owner_id_idx", "owner_id", "received_at", "id"),
        Index("enquiry_from_complaint_id_idx", "from_complaint_id"),
        Index("enquiry_next_at_idx", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(default=1, sa_type=BigInteger)
    number: str = Field(unique=True)
    kind: ContactKind = coded(ContactKind)
    status: EnquiryStatus = coded(EnquiryStatus)
    source: Source = coded(Source)
    forwarding_number: str | None = None
    client_id: UUID | None = None
    #: Name and phone of who is no client, sealed for this row as a complainant's are.
    sealed: bytes | None = None
    masked_name: str | None = None
    masked_phone: str | None = None
    phone_hash: bytes | None = None
    product_id: UUID | None = None
    named_staff_id: UUID | None = None
    content: str | None = None
    received_at: datetime = instant()
    received_on: date
    registered_at: datetime = instant()
    registered_by: str
    #: The case it was taken for first, and the one it became.
    from_complaint_id: UUID | None = Field(default=None, foreign_key="complaint.id")
    complaint_id: UUID | None = Field(default=None, foreign_key="complaint.id")
    owner_id: UUID | None = None
    answer: str | None = None
    is_adopted: bool | None = None
    why_not: str | None = None
    answered_at: datetime | None = instant(default=None, nullable=True)
    answered_by: str | None = None

    target_minutes: int
    #: Null where the calendar does not reach that far.
    due_at: datetime | None = instant(default=None, nullable=True)
    levels: list[dict[str, Any]] = document()
    told_percent: int = 0
    next_at: datetime | None = instant(default=None, nullable=True)
    rule_version: str
    calendar_version: str


class EnquiryEscalation(Table, table=True):
    """A level of the clock that was told of; once, append-only."""

    __tablename__ = "enquiry_escalation"
    __table_args__ = (
        UniqueConstraint("enquiry_id", "percent", "due_at"),
        Index("enquiry_escalation_office_idx", "office", "enquiry_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    enquiry_id: UUID = Field(foreign_key="enquiry.id")
    percent: int
    office: str
    due_at: datetime = instant()
    told_at: datetime = instant()
