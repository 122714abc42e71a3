from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from complaints.table_base import Table
from shared.database import document, instant
from shared.ids import new_id


class Assignment(Table, table=True):
    """Who got a case, and from what: the rule that fitted it and what everybody had to do then; append-only."""

    __tablename__ = "assignment"
    __table_args__ = (Index("assignment_complaint_id_idx", "complaint_id", "assigned_at", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    complaint_id: UUID = Field(foreign_key="complaint.id")
    assigned_at: datetime = instant()
    assigned_by: UUID
    handler_id: UUID
    #: Whether the house's rules chose, not a person.
    is_automatic: bool
    #: The routing rule that fitted; null if none did.
    rule_id: UUID | None = Field(default=None, foreign_key="routing_rule.id")
    rule_name: str | None = None
    weights_version: str
    #: Everybody at work as a handler, the best first: id, whether a target, exclusions, open cases, load.
    options: list[dict[str, Any]] = document()
