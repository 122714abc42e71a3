from datetime import date, datetime
from uuid import UUID

from complaints.watch.rules import Subject
from shared.http.bodies import Body, Read, Text


class AlertClose(Body):
    #: What was found and done.
    note: Text


class AlertRead(Read):
    """Many complaints over one product or channel."""

    id: UUID
    subject: Subject
    subject_id: UUID
    first_on: date
    last_on: date
    complaints: int
    rule_version: str
    raised_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


class AlertDetail(AlertRead):
    """With the cases behind its number that you reach, oldest first; at most 1,000."""

    complaint_ids: list[UUID]
