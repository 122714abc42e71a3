"""The legal clock of a complaint: 15 days to decide and inform, 30 if complicated, 60 if especially complicated.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3, in force since 2020-03-01). What the People's Bank
forwards has 15 days and 60 at most (中国人民银行令〔2020〕第5号). Days are calendar days in
Asia/Shanghai; the day of receipt does not count and a last day on a holiday is not moved (the strict reading). Days of
an appraisal by others do not count. New facts and reasons start the clock anew on the day they arrive. The clock stops
when the complainant is informed, not when the case is decided, or on the day a withdrawal is received.

A due date is a fold over the entries of the clock, so every earlier due date stays provable; a due date that passed
stays in the record whatever follows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from shared.codes import Code
from shared.errors import Forbidden


class EntryKind(Code):
    """What happened to the clock."""

    STARTED = "started", "收到投诉，开始计时"
    EXTENDED = "extended", "情况复杂，延长办理期限"
    EXTENDED_AGAIN = "extended_again", "情况特别复杂，再次延长办理期限"
    SUSPENDED = "suspended", "委托外部鉴定、检测或评估，期间不计入"
    RESUMED = "resumed", "外部鉴定、检测或评估结束，继续计时"
    RESTARTED = "restarted", "收到新的事实和理由，重新计时"
    OVERDUE = "overdue", "期限届满未告知，记录超期"
    INFORMED = "informed", "告知投诉人，停止计时"
    WITHDRAWN = "withdrawn", "撤回投诉，当日终止"
    RECLASSIFIED = "reclassified", "经核实不属于投诉，改类后终止"
    REJECTED = "rejected", "投诉人无权提出，告知不予受理后终止"


class Stage(Code):
    """Which extension: each needs the one before."""

    FIRST = "first", "延长至30日"
    SECOND = "second", "再延长30日（共60日）"


class ApproverIsHandler(Forbidden):
    """Nobody moves the due date of a case that they handle."""

    code = "approver_is_handler"


_STAGE_OF = {EntryKind.EXTENDED: Stage.FIRST, EntryKind.EXTENDED_AGAIN: Stage.SECOND}
KIND_OF: Mapping[Stage, EntryKind] = {stage: kind for kind, stage in _STAGE_OF.items()}
_STOPS = frozenset({EntryKind.INFORMED, EntryKind.WITHDRAWN, EntryKind.RECLASSIFIED, EntryKind.REJECTED})
#: Entries from which the clock runs; nothing that stops or restarts it lies before the last of them.
RUNS_FROM = frozenset({EntryKind.STARTED, EntryKind.RESUMED, EntryKind.RESTARTED})
#: Entries that say how many days hold from here on.
LIMITS = frozenset({EntryKind.STARTED, EntryKind.RESTARTED, *_STAGE_OF})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a clock; days are those of Asia/Shanghai.

    Attributes:
        kind: What happened.
        on: On which day: receipt, grant, begin or result of an appraisal, arrival of new facts, informing, withdrawal.
        limit_days: Days that hold from here on; None where the entry sets none.
        recorded_on: On which day it was recorded; None for the same day.
    """

    kind: EntryKind
    on: date
    limit_days: int | None = None
    recorded_on: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a clock stands.

    Attributes:
        received_on: Day of receipt.
        counted_from: The day from which days are counted: that of receipt, or on which the last new facts arrived.
        limit_days: Days that hold.
        due_on: Last day on which informing is in time; during an appraisal, if it ended on its first day.
        extended: The extensions granted since `counted_from`, in order.
        excluded_days: Days of appraisals that ended since `counted_from`.
        paused_on: First day of the appraisal that is under way; None if there is none.
        breached: Due dates that passed before the complainant was informed, as recorded; it only grows.
        stopped_on: Day of informing, withdrawal or reclassification; None while it runs.
        is_in_time: Whether the complainant was informed by every due date; None while it runs and after a withdrawal.
    """

    received_on: date
    counted_from: date
    limit_days: int
    due_on: date
    extended: tuple[Stage, ...] = ()
    excluded_days: int = 0
    paused_on: date | None = None
    breached: tuple[date, ...] = ()
    stopped_on: date | None = None
    is_in_time: bool | None = None


def due_date(counted_from: date, limit_days: int, excluded_days: int = 0) -> date:
    """Return the last day in time: so many calendar days after the first, and as many more as do not count."""
    return counted_from + timedelta(days=limit_days + excluded_days)


def arithmetic(clock: Clock) -> str:
    """Return how the due date follows: `2026-03-02 + 15 = 2026-03-17`; excluded days stand behind the limit."""
    days = f"{clock.limit_days} + {clock.excluded_days}" if clock.excluded_days else f"{clock.limit_days}"
    return f"{clock.counted_from} + {days} = {clock.due_on}"


def fold(entries: Iterable[Entry]) -> Clock:
    """Return where a clock stands after `entries`, in the order they were recorded.

    Raises:
        ValueError: the entries are not the history of a clock: it must start first, and nothing follows the stop.
    """
    clock: Clock | None = None
    for entry in entries:
        clock = after(clock, entry)
    if clock is None:
        raise ValueError("a clock begins with its start")
    return clock


def after(clock: Clock | None, entry: Entry) -> Clock:
    """Return where a clock stands after one more entry.

    An appraisal that begins while one is under way, and the end of none, change nothing.

    Raises:
        ValueError: this cannot happen to the clock.
    """
    clock = _running(clock, entry)
    if clock is None:
        return _started(entry, received_on=entry.on, breached=())
    match entry.kind:
        case EntryKind.SUSPENDED:
            return replace(clock, paused_on=clock.paused_on or entry.on)
        case EntryKind.RESUMED:
            return _resumed(clock, entry.on)
        case EntryKind.RESTARTED:
            return _started(entry, received_on=clock.received_on, breached=clock.breached)
        case EntryKind.INFORMED | EntryKind.WITHDRAWN | EntryKind.RECLASSIFIED | EntryKind.REJECTED:
            return _stopped(_resumed(clock, entry.on), entry)
    return clock if entry.kind is EntryKind.OVERDUE else _extended(clock, entry)


def _running(clock: Clock | None, entry: Entry) -> Clock | None:
    """Return the clock that an entry meets, with a breach that lies before it; None before the start."""
    if (clock is None) != (entry.kind is EntryKind.STARTED):
        raise ValueError("a clock starts once, first of all")
    if clock is not None and clock.stopped_on is not None:
        raise ValueError("nothing happens to a clock that has stopped")
    return clock and _with_breach(clock, entry)


def _started(entry: Entry, *, received_on: date, breached: tuple[date, ...]) -> Clock:
    if entry.limit_days is None:
        raise ValueError("a clock starts with a limit")
    due_on = due_date(entry.on, entry.limit_days)
    return Clock(received_on, entry.on, entry.limit_days, due_on, breached=breached)


def _resumed(clock: Clock, on: date) -> Clock:
    if clock.paused_on is None:
        return clock
    excluded = clock.excluded_days + max((on - clock.paused_on).days, 0)
    due_on = due_date(clock.counted_from, clock.limit_days, excluded)
    return replace(clock, excluded_days=excluded, paused_on=None, due_on=due_on)


def _extended(clock: Clock, entry: Entry) -> Clock:
    if entry.limit_days is None or entry.limit_days <= clock.limit_days:
        raise ValueError("an extension gives more days")
    due_on = due_date(clock.counted_from, entry.limit_days, clock.excluded_days)
    extended = (*clock.extended, _STAGE_OF[entry.kind])
    return replace(clock, limit_days=entry.limit_days, due_on=due_on, extended=extended)


def _stopped(clock: Clock, entry: Entry) -> Clock:
    # A breach recorded on the day after was none if informing, with its proof, turns out to lie on the due date.
    is_informed = entry.kind is EntryKind.INFORMED
    in_time = all(entry.on <= due_on for due_on in (*clock.breached, clock.due_on)) if is_informed else None
    return replace(clock, stopped_on=entry.on, is_in_time=in_time)


def _with_breach(clock: Clock, entry: Entry) -> Clock:
    """Return the clock with the due date that had passed, in the law's eyes, when the entry was recorded.

    What stops the clock counts on its own day, since its proof says so; all else on the day it was recorded, so that
    nobody dates a breach away.
    """
    day = entry.on if entry.kind in _STOPS else max(entry.on, entry.recorded_on or entry.on)
    has_passed = clock.paused_on is None and day > clock.due_on
    if not has_passed or clock.due_on in clock.breached:
        return clock
    return replace(clock, breached=(*clock.breached, clock.due_on))


def require_not_handler(person_id: UUID, handler_id: UUID | None) -> None:
    """Refuse that a handler moves the due date of their own case (four eyes).

    Raises:
        ApproverIsHandler: the person handles the case.
    """
    if person_id == handler_id:
        raise ApproverIsHandler("You handle this case; somebody else decides on its due date.")


class Counting(Code):
    """What an interval of the clock means for the due date."""

    COUNTED = "counted", "计入办理期限"
    EXCLUDED = "excluded", "外部鉴定、检测、评估期间，不计入"
    SUPERSEDED = "superseded", "重新计时之前，不再计入"


@dataclass(frozen=True, slots=True)
class Interval:
    """Days of a clock that count alike: those after `since`, up to `until`."""

    since: date
    until: date
    counting: Counting

    @property
    def days(self) -> int:
        """How many days it has; the first of a clock does not count."""
        return (self.until - self.since).days


def intervals(entries: Iterable[Entry], today: date) -> list[Interval]:
    """Return the intervals of a clock up to `today` or its stop; those without a day are left out.

    The days of the counted ones are what is used of the limit.
    """
    found: list[Interval] = []
    since, counting, is_stopped = today, Counting.COUNTED, False
    for entry in entries:
        until = max(entry.on, since)
        if entry.kind is EntryKind.STARTED:
            since = entry.on
        elif entry.kind in _CUTS:
            found.append(Interval(since, until, counting))
            since = until
        if entry.kind is EntryKind.RESTARTED:
            found = [replace(one, counting=Counting.SUPERSEDED) for one in found]
        counting = _CUTS.get(entry.kind, counting)
        is_stopped = is_stopped or entry.kind in _STOPS
    if not is_stopped:
        found.append(Interval(since, max(today, since), counting))
    return [one for one in found if one.days]


#: Entries at which one interval ends, and what the next one means.
_CUTS: Mapping[EntryKind, Counting] = {
    EntryKind.SUSPENDED: Counting.EXCLUDED,
    EntryKind.RESUMED: Counting.COUNTED,
    EntryKind.RESTARTED: Counting.COUNTED,
    EntryKind.INFORMED: Counting.COUNTED,
    EntryKind.WITHDRAWN: Counting.COUNTED,
    EntryKind.RECLASSIFIED: Counting.COUNTED,
    EntryKind.REJECTED: Counting.COUNTED,
}
