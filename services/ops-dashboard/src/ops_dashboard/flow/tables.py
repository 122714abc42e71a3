from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from ops_dashboard.table_base import Table
from shared.database import instant


class EventTotal(Table, table=True):
    """How many events of a type arrived in all."""

    __tablename__ = "event_total"

    type: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class MinuteCount(Table, table=True):
    """How many events of a type arrived in a minute; forgotten after a day."""

    __tablename__ = "minute_count"

    minute: datetime = instant(primary_key=True)
    type: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class ConsumerLag(Table, table=True):
    """How many events a service has still to read of a topic, as of the last look."""

    __tablename__ = "consumer_lag"

    service: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    waiting: int = Field(sa_type=BigInteger)
    looked_at: datetime = instant()
