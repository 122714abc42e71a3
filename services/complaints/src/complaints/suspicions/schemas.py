from datetime import datetime
from uuid import UUID

from complaints.suspicions.rules import Mark
from shared.http.bodies import Body, Read, Text


class MarkCreate(Body):
    mark: Mark
    #: What speaks for it.
    evidence: Text


class MarkLift(Body):
    reason: Text


class MarkRead(Read):
    id: UUID
    mark: Mark
    evidence: str
    marked_at: datetime
    marked_by: str
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None


class Suspicions(Read):
    """Marks on a case, and what the records say; neither changes its state or its clock."""

    complaint_id: UUID
    marks: list[MarkRead]
    #: How many other cases somebody speaks in with a phone number of this one.
    cases_with_same_phone: int
    #: How many cases of other complainants have the same words.
    cases_with_same_words: int
