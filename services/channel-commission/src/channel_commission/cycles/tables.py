from datetime import datetime
from uuid import UUID

from sqlalchemy import CHAR
from sqlmodel import Field

from channel_commission.table_base import Table
from shared.database import instant


class Establishment(Table, table=True):
    """That the fees settled at the establishment of a plan are: once, for every channel."""

    __tablename__ = "establishment"

    product_id: UUID = Field(primary_key=True, foreign_key="product.id")
    #: The month in which it was closed; its statements name it.
    period: str = Field(sa_type=CHAR(7), foreign_key="period.period")
    closed_by: UUID
    closed_at: datetime = instant()
