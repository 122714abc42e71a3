from datetime import date
from uuid import UUID

from ops_dashboard.caseload.rules import CaseStatus, FollowUpStatus
from shared.http.bodies import Read


class ComplaintOnBoardRead(Read):
    complaint_id: UUID
    client_id: UUID | None
    channel_id: UUID | None
    handler_id: UUID | None
    level: str
    reason: str
    received_on: date
    due_on: date
    status: CaseStatus
    is_overdue: bool


class FollowUpOnBoardRead(Read):
    follow_up_id: UUID
    client_id: UUID
    assignee_id: UUID | None
    due_on: date
    reason: str
    status: FollowUpStatus


class Due(Read):
    """Counts of what is due, as of a business date (Asia/Shanghai)."""

    as_of: date
    complaints_open: int
    complaints_overdue: int
    complaints_due_today: int
    complaints_due_in_3_days: int
    follow_ups_open: int
    follow_ups_overdue: int
    follow_ups_due_today: int
