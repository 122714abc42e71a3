from datetime import date, datetime
from uuid import UUID

from complaints.clocks.rules import EntryKind, Stage
from shared.http.bodies import Body, Day, Read, Text


class Extension(Body):
    reason: Text
    #: Left out: the next one.
    stage: Stage | None = None
    #: Required for the second extension.
    complainant_told_on: Day | None = None


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
    happened_on: date
    #: The interval in which this step's due date held; `holds_until` is null for the one that holds now.
    holds_from: date
    holds_until: date | None
    rule: Rule | None
    #: How the due date follows, e.g. `2026-03-02 + 15 = 2026-03-17`; null where the clock stops.
    arithmetic: str | None
    due_on: date
    reason: str | None
    complainant_told_on: date | None
    recorded_at: datetime
    recorded_by: str
    event: CausingEvent


class ClockProof(Read):
    """Why a case is due when it is: every step, recomputed now."""

    complaint_id: UUID
    number: str
    received_on: date
    limit_days: int
    due_on: date
    stopped_on: date | None
    is_in_time: bool | None
    is_overdue: bool
    #: The due date that the case carries; equal to the recomputed `due_on`, or the record was tampered with.
    recorded_due_on: date
    #: Whether the days of receipt, of due and of the end that the case carries are those recomputed.
    is_proven: bool
    counting: str = "自然日，按北京时间计算；收到当日不计入，期限届满日遇节假日不顺延"
    steps: list[ClockStep]
