from datetime import datetime
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint
from sqlmodel import Field

from channel_commission.periods.rules import PeriodStatus
from channel_commission.table_base import Table
from shared.database import Aggregate, coded, fen, instant


class Period(Aggregate, Table, table=True):
    __tablename__ = "period"
    __table_args__ = (CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="month"),)

    #: `YYYY-MM`.
    period: str = Field(unique=True, sa_type=CHAR(7))
    status: PeriodStatus = coded(PeriodStatus, default=PeriodStatus.OPEN)
    opened_at: datetime = instant()
    closed_at: datetime | None = instant(default=None, nullable=True)
    closed_by: UUID | None = None
    #: Of the statements that came out of it.
    statements: int | None = None
    total_fen: int | None = fen(default=None, nullable=True)
