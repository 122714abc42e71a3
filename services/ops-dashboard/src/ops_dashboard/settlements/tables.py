from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from ops_dashboard.table_base import Table
from shared.database import fen


class StatementOnBoard(Table, table=True):
    __tablename__ = "statement_on_board"

    statement_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    channel_id: UUID
    period: str = Field(index=True)
    bearer: str
    product_id: UUID | None = None
    amount_fen: int = fen()
    status: str


class PeriodOnBoard(Table, table=True):
    __tablename__ = "period_on_board"

    period: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    status: str
    statements: int = 0
    total_fen: int = fen(default=0)
