from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from complaints.cases.rules import RootCause
from complaints.improvement.rules import ActionCommand, ActionStatus, Origin
from shared.http.bodies import Body, Day, Read, Text


class ActionCreate(Body):
    #: What is to be done. Names no complainant.
    what: Text
    #: Who answers for it; the department is the owner's.
    owner_id: UUID
    due_on: Day


class ActionReassign(Body):
    owner_id: UUID
    reason: Text


class ActionPostpone(Body):
    due_on: Day
    reason: Text


class ActionCancel(Body):
    reason: Text


class ActionRead(Read):
    """An action against a cause of complaints (整改措施)."""

    id: UUID
    version: int
    origin: Origin
    origin_id: UUID
    root_cause: RootCause | None
    product_id: UUID | None
    channel_id: UUID | None
    status: ActionStatus
    what: str | None
    owner_id: UUID
    unit_id: UUID | None
    due_on: date
    is_overdue: bool
    round: int
    check_from: date | None
    recurrences: int
    opened_at: datetime
    opened_by: UUID
    end_reason: str | None
    #: Commands that the state allows now.
    allowed: list[ActionCommand] = Field(default_factory=list)
