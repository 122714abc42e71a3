from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from complaints.accountability.rules import AccountabilityStatus, AppealOutcome, Measure
from complaints.findings.rules import Severity
from complaints.improvement.rules import Origin
from complaints.table_base import Table
from shared.database import Aggregate, coded, instant


class AccountabilityCase(Aggregate, Table, table=True):
    """A staff member or a channel held to account for something, with every step and who took it."""

    __tablename__ = "accountability_case"
    __table_args__ = (
        CheckConstraint("num_nonnulls(staff_id, channel_id) = 1", name="subject"),
        CheckConstraint("decided_by NOT IN (found_by, opined_by)", name="second_person"),
        CheckConstraint("decided_unit_id NOT IN (found_unit_id, opined_unit_id)", name="another_department"),
        CheckConstraint(
            "(status IN ('decided', 'appealed', 'concluded')) = (decided_on IS NOT NULL AND appeal_until IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint("(status = 'concluded') = (appeal_outcome IS NOT NULL)", name="concluded"),
        Index(
            "accountability_case_subject_key",
            "origin",
            "origin_id",
            "staff_id",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("accountability_case_found_at_idx", "found_at", "id"),
        Index("accountability_case_staff_id_idx", "staff_id"),
        Index("accountability_case_channel_id_idx", "channel_id"),
    )

    origin: Origin = coded(Origin)
    origin_id: UUID
    #: The complaint that it comes from, also through a finding.
    complaint_id: UUID | None = Field(default=None, foreign_key="complaint.id", index=True)
    staff_id: UUID | None = None
    channel_id: UUID | None = None
    severity: Severity = coded(Severity)
    status: AccountabilityStatus = coded(AccountabilityStatus, default=AccountabilityStatus.FOUND)
    #: Texts are null once the file of the complaint was emptied.
    facts: str | None = None
    found_at: datetime = instant()
    found_by: UUID
    found_unit_id: UUID | None = None

    opinion: str | None = None
    proposed_measure: Measure | None = coded(Measure, default=None, nullable=True)
    opined_at: datetime | None = instant(default=None, nullable=True)
    opined_by: UUID | None = None
    opined_unit_id: UUID | None = None
    #: Who is to decide next.
    decider_id: UUID | None = None

    decision: str | None = None
    #: The measure in force; null if none is.
    measure: Measure | None = coded(Measure, default=None, nullable=True)
    in_force_from: date | None = None
    decided_on: date | None = None
    decided_by: UUID | None = None
    decided_unit_id: UUID | None = None
    appeal_until: date | None = None
    rule_version: str | None = None

    appealed_on: date | None = None
    appeal_grounds: str | None = None
    appeal_outcome: AppealOutcome | None = coded(AppealOutcome, default=None, nullable=True)
    appeal_decision: str | None = None
    appeal_decided_on: date | None = None
    appeal_decided_by: UUID | None = None
