from datetime import date, datetime
from typing import Self
from uuid import UUID

from complaints.clocks.rules import Clock, Counting, EntryKind, Interval
from shared.http.bodies import Read


class Rule(Read):
    """The policy row that set a limit."""

    version: str
    source: str
    days: int


class CausingEvent(Read):
    """The event that made a step: the case's id and this version name it."""

    type: str
    complaint_version: int


class ClockStep(Read):
    """One interval of the clock and what made it."""

    kind: EntryKind
    name: str
    happened_on: date
    #: The interval in which this step's due date held; `holds_until` is null for the one that holds now.
    holds_from: date
    holds_until: date | None
    rule: Rule | None
    #: How the due date follows, e.g. `2026-03-02 + 15 + 4 = 2026-03-21` with 4 days excluded; null if it stays.
    arithmetic: str | None
    due_on: date
    reason: str | None
    complainant_told_on: date | None
    recorded_at: datetime
    recorded_by: str
    event: CausingEvent


class ClockInterval(Read):
    """Days that count alike: those after `since`, up to `until`."""

    since: date
    until: date
    days: int
    counting: Counting
    name: str

    @classmethod
    def of(cls, interval: Interval) -> Self:
        """Return an interval as shown."""
        return cls(
            since=interval.since,
            until=interval.until,
            days=interval.days,
            counting=interval.counting,
            name=interval.counting.zh,
        )


class ClockBreach(Read):
    """A due date that passed, as recorded; it stays whatever follows."""

    due_on: date
    note: str

    @classmethod
    def of(cls, due_on: date, clock: Clock) -> Self:
        """Return a breach with what became of it."""
        if clock.stopped_on is not None and clock.stopped_on <= due_on:
            return cls(due_on=due_on, note="期限届满时尚未登记；经证明已在期限内告知或撤回，超期记录保留")
        return cls(due_on=due_on, note="期限届满未告知投诉人")


class ClockProof(Read):
    """Why a case is due when it is: every interval, rule and event, recomputed now."""

    complaint_id: UUID
    number: str
    received_on: date
    #: The day from which days are counted: receipt, or the arrival of the last new facts.
    counted_from: date
    limit_days: int
    excluded_days: int
    #: What is used of the limit: the days of the counted intervals.
    days_used: int
    due_on: date
    #: First day of the appraisal under way; meanwhile the due date moves on day by day.
    paused_on: date | None
    stopped_on: date | None
    is_in_time: bool | None
    is_overdue: bool
    #: The due date that the case carries; equal to the recomputed `due_on`, or the record was tampered with.
    recorded_due_on: date
    #: Whether the days of receipt, of due and of the end that the case carries are those recomputed.
    is_proven: bool
    counting: str = "自然日，按北京时间计算；收到当日不计入，期限届满日遇节假日不顺延"
    intervals: list[ClockInterval]
    breaches: list[ClockBreach]
    steps: list[ClockStep]
