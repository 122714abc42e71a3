from datetime import date, datetime
from uuid import UUID

from complaints.tasks.rules import TaskOutcome
from shared.http.bodies import Body, Day, Read, Text


class TaskCreate(Body):
    what: Text
    owner_id: UUID
    due_on: Day


class TaskEnd(Body):
    outcome: TaskOutcome
    #: What came of it, or why it is not needed.
    result: Text


class TaskRead(Read):
    id: UUID
    complaint_id: UUID
    what: str
    owner_id: UUID
    due_on: date
    created_at: datetime
    created_by: UUID
    ended_on: date | None
    ended_by: UUID | None
    outcome: TaskOutcome | None
    result: str | None
    is_overdue: bool
