from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import document, instant
from shared.ids import new_id


class RoutingRule(Table, table=True):
    """A rule that says to whom a case goes; ended but never changed."""

    __tablename__ = "routing_rule"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="days"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    position: int
    name: str
    conditions: dict[str, Any] = document()
    target: dict[str, Any] = document()
    valid_from: date
    #: First day on which it holds no more; null while that is not known.
    valid_to: date | None = None
    source: str
    added_by: str
    added_at: datetime = instant()
    ended_by: str | None = None
