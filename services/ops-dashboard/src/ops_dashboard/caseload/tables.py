from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from ops_dashboard.caseload.rules import CaseStatus, FollowUpStatus
from ops_dashboard.table_base import Table
from shared.database import coded


class ComplaintOnBoard(Table, table=True):
    __tablename__ = "complaint_on_board"
    __table_args__ = (
        Index(
            "complaint_on_board_running_idx",
            "due_on",
            "complaint_id",
            postgresql_where=text("status IN ('open', 'decided')"),
        ),
    )

    complaint_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    client_id: UUID | None = None
    channel_id: UUID | None = None
    handler_id: UUID | None = None
    level: str
    reason: str
    received_on: date
    due_on: date
    status: CaseStatus = coded(CaseStatus)
    is_overdue: bool = False


class FollowUpOnBoard(Table, table=True):
    __tablename__ = "follow_up_on_board"
    __table_args__ = (
        Index("follow_up_on_board_open_idx", "due_on", "follow_up_id", postgresql_where=text("status = 'scheduled'")),
    )

    follow_up_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    client_id: UUID
    assignee_id: UUID | None = None
    due_on: date
    reason: str
    status: FollowUpStatus = coded(FollowUpStatus)
