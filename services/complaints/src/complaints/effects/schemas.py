from datetime import date
from uuid import UUID

from shared.http.bodies import Body, Day, Read, Text


class ActionDone(Body):
    done_on: Day
    #: What shows that it was done: the changed document, the list of those trained, the release.
    evidence: Text


class EffectCheck(Body):
    is_effective: bool
    #: What the judgement rests on.
    findings: Text
    #: If it had no effect, and only then: until when it is done again.
    due_on: Day | None = None


class ActionReopen(Body):
    due_on: Day
    reason: Text


class RoundRead(Read):
    """One time that it was done, and what the check of its effect found."""

    round: int
    due_on: date
    done_on: date
    evidence: str | None
    reported_by: UUID
    #: The first day on which the effect is judged, and the last on which the same complaint counts as again.
    check_from: date
    watched_until: date
    rule_version: str
    checked_on: date | None
    checked_by: UUID | None
    is_effective: bool | None
    findings: str | None


class RecurrenceRead(Read):
    """A complaint of the same cause, product and channel, received after the action was done."""

    complaint_id: UUID
    round: int
    received_on: date


class EffectRead(Read):
    """Every time that an action was done, and the complaints that came again; at most 1,000 of them, latest first."""

    rounds: list[RoundRead]
    recurrences: list[RecurrenceRead]
