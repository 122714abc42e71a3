from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from complaints.cases.rules import RootCause
from complaints.systemic.rules import STANDING, IssueStatus
from complaints.table_base import Table
from shared.database import Aggregate, coded, document, instant

_STANDS = text("status IN ({})".format(", ".join(f"'{status.value}'" for status in sorted(STANDING))))


class SystemicIssue(Aggregate, Table, table=True):
    """The same cause over one product and channel, too often; one at a time until it is dismissed or resolved."""

    __tablename__ = "systemic_issue"
    __table_args__ = (
        CheckConstraint("before_from <= window_from AND window_from <= window_to", name="window"),
        CheckConstraint("complaints > 0 AND persons > 0 AND before >= 0 AND further >= 0", name="numbers"),
        CheckConstraint("(status = 'detected') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(status = 'resolved') = (resolved_at IS NOT NULL)", name="resolved"),
        Index(
            "systemic_issue_standing_key",
            "root_cause",
            "product_id",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=_STANDS,
        ),
        Index("systemic_issue_detected_at_idx", "detected_at", "id"),
    )

    root_cause: RootCause = coded(RootCause)
    product_id: UUID | None = None
    channel_id: UUID | None = None
    status: IssueStatus = coded(IssueStatus)
    #: What was counted when it was detected, and with what it was compared.
    window_from: date
    window_to: date
    complaints: int
    persons: int
    before_from: date
    before: int
    #: Complaints that joined since.
    further: int = 0
    thresholds: dict[str, Any] = document()
    rule_version: str
    detected_at: datetime = instant()
    decided_at: datetime | None = instant(default=None, nullable=True)
    decided_by: UUID | None = None
    reason: str | None = None
    resolved_at: datetime | None = instant(default=None, nullable=True)
    resolved_by: UUID | None = None
    resolution: str | None = None


class IssueCase(Table, table=True):
    """A case of an issue. A case belongs to one: what was dismissed or resolved raises no other."""

    __tablename__ = "issue_case"
    __table_args__ = (Index("issue_case_issue_id_idx", "issue_id", "complaint_id"),)

    complaint_id: UUID = Field(primary_key=True, foreign_key="complaint.id")
    issue_id: UUID = Field(foreign_key="systemic_issue.id")
    #: Whether it is one of those counted when the issue was detected.
    is_counted: bool
    linked_at: datetime = instant()
