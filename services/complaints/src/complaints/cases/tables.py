from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DATE, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from complaints.cases.rules import OPEN, ContactKind, FollowUp, InformMethod, Level, Reason, RootCause, Source, Status
from complaints.table_base import Table
from complaints.traits.rules import Regime, Urgency
from shared.database import Aggregate, coded, fen, instant

_IS_OPEN = text("status IN ({})".format(", ".join(f"'{status.value}'" for status in sorted(OPEN))))


class Complaint(Aggregate, Table, table=True):
    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("origin", "external_id"),
        CheckConstraint("due_on > received_on", name="due_after_receipt"),
        CheckConstraint("persons >= 1", name="persons"),
        CheckConstraint("amount >= 0 AND compensation >= 0 AND proposed_compensation > 0", name="amounts"),
        CheckConstraint("(status = 'withdrawn') = (withdrawn_on IS NOT NULL)", name="withdrawn"),
        CheckConstraint(
            "(status = 'reclassified') = (reclassified_on IS NOT NULL AND reclassified_to IS NOT NULL)",
            name="reclassified",
        ),
        CheckConstraint("(status = 'rejected') = (rejected_on IS NOT NULL)", name="rejected"),
        CheckConstraint(
            "(status IN ('informed', 'closed', 'review_requested', 'review_decided')) = (informed_on IS NOT NULL)",
            name="informed",
        ),
        CheckConstraint("(follows_id IS NULL) = (follows_for IS NULL)", name="follows"),
        CheckConstraint("status <> 'closed' OR root_cause IS NOT NULL", name="closed"),
        CheckConstraint("status <> 'closed' OR next_task_due_on IS NULL", name="no_open_task"),
        Index("complaint_received_on_idx", "received_on"),
        Index(
            "complaint_root_cause_idx",
            "root_cause",
            "received_on",
            postgresql_where=text("root_cause IS NOT NULL"),
        ),
        Index("complaint_facts_idx", text("md5(facts)")),
        Index("complaint_due_on_id_idx", "due_on", "id"),
        Index("complaint_open_due_on_idx", "due_on", "id", postgresql_where=_IS_OPEN),
        Index("complaint_open_handler_id_idx", "handler_id", "due_on", "id", postgresql_where=_IS_OPEN),
        Index("complaint_recusal_idx", "due_on", "id", postgresql_where=text("handler_exclusions <> '{}'")),
        Index(
            "complaint_task_due_idx", "next_task_due_on", "id", postgresql_where=text("next_task_due_on IS NOT NULL")
        ),
        Index("complaint_client_id_idx", "client_id", "due_on", "id"),
        Index("complaint_channel_id_idx", "channel_id", "due_on", "id"),
    )

    number: str = Field(unique=True)
    origin: str | None = None
    external_id: str | None = None
    status: Status = coded(Status, default=Status.REGISTERED)
    level: Level = coded(Level)
    source: Source = coded(Source)
    forwarding_number: str | None = None
    reason: Reason = coded(Reason)
    #: Product and reason as the system a case was imported from names them.
    product_class: str | None = None
    reason_text: str | None = None
    client_id: UUID | None = None
    channel_id: UUID | None = None
    product_id: UUID | None = None
    named_staff_id: UUID | None = None
    #: Whose rules set the legal time.
    regime: Regime = coded(Regime, default=Regime.NFRA)
    urgency: Urgency = coded(Urgency, default=Urgency.THIRD)
    #: Codes of the three-dimensional classification, and in words what has no code of its own.
    channel_code: str | None = None
    business_code: str | None = None
    reason_code: str | None = None
    classification_note: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=ARRAY(TEXT))
    request_kinds: list[str] = Field(default_factory=list, sa_type=ARRAY(TEXT))
    #: How many complain together.
    persons: int = 1
    received_at: datetime = instant()
    received_on: date
    registered_at: datetime = instant()
    registered_by: str
    #: The ended case of the same complainant about the same matter.
    repeat_of: UUID | None = Field(default=None, foreign_key="complaint.id", index=True)
    facts: str | None = None
    demand: str | None = None
    amount: int | None = fen(default=None, nullable=True)

    due_on: date
    #: The due date whose passing was told in an event; another due date is told of again.
    overdue_told_for: date | None = None
    #: Day on which new facts last started the clock anew.
    restarted_on: date | None = None
    #: Due dates that passed before a restart, each followed by the day of the restart that ended the delay.
    late_spans: list[date] = Field(default_factory=list, sa_type=ARRAY(DATE))

    handler_id: UUID | None = None
    #: What speaks against the handler by now; looked at again and again while the case is open.
    handler_exclusions: list[str] = Field(default_factory=list, sa_type=ARRAY(TEXT))
    #: The earliest due day among its open tasks; null if none is open.
    next_task_due_on: date | None = None
    decision: str | None = None
    basis: str | None = None
    remedies: str | None = None
    is_upheld: bool | None = None
    #: What the proposed decision pays the complainant.
    proposed_compensation: int | None = fen(default=None, nullable=True)
    proposed_by: UUID | None = None
    approved_by: UUID | None = None
    decided_on: date | None = None

    informed_on: date | None = None
    inform_method: InformMethod | None = coded(InformMethod, default=None, nullable=True)
    inform_proof: str | None = None
    is_in_time: bool | None = None
    withdrawn_on: date | None = None
    #: Day on which it was found to be no complaint, and what it is.
    reclassified_on: date | None = None
    reclassified_to: ContactKind | None = coded(ContactKind, default=None, nullable=True)
    #: Day on which the filer was told that they have no authority, and why they have none.
    rejected_on: date | None = None
    reject_reason: str | None = None
    withdraw_reason: str | None = None
    withdraw_proof: str | None = None
    review_requested: bool = False
    #: Null for imported cases, whose origin does not tell the day.
    review_requested_on: date | None = None
    review_grounds: str | None = None

    #: The earlier case that this one takes up again, and why.
    follows_id: UUID | None = Field(default=None, foreign_key="complaint.id", index=True)
    follows_for: FollowUp | None = coded(FollowUp, default=None, nullable=True)

    closed_on: date | None = None
    root_cause: RootCause | None = coded(RootCause, default=None, nullable=True)
    measures: str | None = None
    compensation: int | None = fen(default=None, nullable=True)


class CaseSequence(Table, table=True):
    """The last sequence number given to a case received in a year."""

    __tablename__ = "case_sequence"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int
