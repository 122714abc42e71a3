from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from ops_dashboard.caseload.rules import CaseStatus, FollowUpStatus
from ops_dashboard.table_base import Table
from shared.database import coded


class ComplaintOnBoard(Table, table=True):
    __tablename__ = "complaint_on_board"

    complaint_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    client_id: UUID | None = None
    channel_id: UUID | None = None
    handler_id: UUID | None = None
    level: str
    reason: str
    received_on: date
    due_on: date = Field(index=True)
    status: CaseStatus = coded(CaseStatus)
    is_overdue: bool = False


class FollowUpOnBoard(Table, table=True):
    __tablename__ = "follow_up_on_board"

    follow_up_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    client_id: UUID
    assignee_id: UUID | None = None
    due_on: date = Field(index=True)
    reason: str
    status: FollowUpStatus = coded(FollowUpStatus)
