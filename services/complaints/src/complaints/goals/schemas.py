from datetime import date, datetime
from uuid import UUID

from complaints.goals.rules import Goal
from shared.http.bodies import Read


class GoalLevel(Read):
    percent: int
    office: str
    at: datetime


class EscalationRead(Read):
    """A level of a clock that was told of."""

    id: UUID
    complaint_id: UUID
    goal: Goal
    round: int
    percent: int
    office: str
    due_at: datetime
    told_at: datetime


class GoalClockRead(Read):
    """A clock of a case: since when, how long, until when, and when it reaches which level."""

    goal: Goal
    name: str
    round: int
    since: datetime
    #: Working minutes; null for the clocks of the law, which count days.
    target_minutes: int | None
    #: Working minutes used until now or the stop; null for the legal clock and where the calendar does not reach.
    used_minutes: int | None
    due_at: datetime | None
    stopped_at: datetime | None
    is_met: bool | None
    levels: list[GoalLevel]
    rule_version: str
    calendar_version: str
    #: Why there is no due date, where there is none.
    note: str | None


class CalendarRead(Read):
    """The working calendar that the clocks run by."""

    version: str
    source: str
    first: date
    last: date


class InternalClocks(Read):
    complaint_id: UUID
    number: str
    calendar: CalendarRead
    items: list[GoalClockRead]
    escalations: list[EscalationRead]
