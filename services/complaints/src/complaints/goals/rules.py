"""Clocks of the house beside the legal one (内部时限): acknowledging, the first response, every further response.

They run in working time and depend on the client's service class; a pause of the case is a break of the calendar. Each
clock, the legal one too, reaches levels (50, 75, 90 %, and 100 % when its time is over); who is told is a house rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.calendars.rules import Span, WorkCalendar, due_at
from complaints.correspondence.rules import Kind
from shared.codes import Code

POLICY = "complaint.internal_goals"


class Goal(Code):
    """What a clock measures."""

    LEGAL = "legal", "法定办理期限"
    ACKNOWLEDGE = "acknowledge", "受理确认"
    FIRST_RESPONSE = "first_response", "首次回复"
    NEXT_RESPONSE = "next_response", "后续回复"
    REVIEW = "review", "核查办理期限"


#: What stops a clock: acknowledging by whatever answer, the others by a response.
_STOPPED_BY: Mapping[Goal, frozenset[Kind]] = {
    Goal.ACKNOWLEDGE: frozenset({Kind.ACKNOWLEDGEMENT, Kind.RESPONSE}),
    Goal.FIRST_RESPONSE: frozenset({Kind.RESPONSE}),
    Goal.NEXT_RESPONSE: frozenset({Kind.RESPONSE}),
}


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a clock.

    Attributes:
        percent: How much of the time is used.
        office: The role to be told.
        at: When it is reached.
    """

    percent: int
    office: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GoalPolicy:
    """The house's goals.

    Attributes:
        version: Version of the policy row.
        minutes: Working minutes by goal and service class.
        class_of_unknown: The class whose goals hold while the client's is not known here.
        levels: Percent and office to be told, ascending.
    """

    version: str
    source: str
    minutes: Mapping[Goal, Mapping[str, int]]
    class_of_unknown: str
    levels: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, value: Mapping[str, Any], *, version: str, source: str) -> "GoalPolicy":
        """Return the goals that a policy row's value describes.

        Raises:
            KeyError, TypeError, ValueError: the row holds no goals.
        """
        minutes = {Goal(name): dict(by_class) for name, by_class in value["minutes"].items()}
        levels = tuple((int(level["percent"]), str(level["office"])) for level in value["levels"])
        return cls(version, source, minutes, value["class_of_unknown"], levels)

    def target(self, goal: Goal, service_class: str | None) -> int:
        """Return the working minutes of a goal for a client of this class; it may be one unknown here."""
        by_class = self.minutes[goal]
        return by_class.get(service_class or "", by_class[self.class_of_unknown])


@dataclass(frozen=True, slots=True)
class Contact:
    """What was exchanged with the complainant, and when."""

    at: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to a case that bears on its clocks.

    Attributes:
        received_at: Receipt.
        contacts: Exchanges with the complainant.
        informed_at: Informing of the decision, which is a response.
        withdrawn_at: Withdrawal, or that it is no complaint or nobody's, which ends every clock without a verdict.
        breaks: Pauses that ended.
        paused_at: Begin of the pause under way.
    """

    received_at: datetime
    contacts: tuple[Contact, ...] = ()
    informed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    breaks: tuple[Span, ...] = ()
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """One clock: from when, and when it stopped.

    Attributes:
        goal: What it measures.
        round: Which of the clocks of this goal, from 1 on.
        since: When it began.
        stopped_at: When it was met or the case ended; None while it runs.
        is_answered: Whether it stopped by an answer; a withdrawal is none.
    """

    goal: Goal
    round: int
    since: datetime
    stopped_at: datetime | None
    is_answered: bool


def clocks(timeline: Timeline) -> list[Running]:
    """Return the internal clocks of a case, whatever order its contacts became known in.

    A message of the complainant starts the clock of the next response unless one runs: before the first response
    that one is owed anyway.
    """
    contacts = list(timeline.contacts)
    if timeline.informed_at is not None:
        contacts.append(Contact(timeline.informed_at, Kind.RESPONSE))
    contacts.sort(key=lambda one: (one.at, one.kind is not Kind.MESSAGE))
    found = [
        _until_answer(goal, 1, timeline.received_at, contacts, timeline)
        for goal in (Goal.ACKNOWLEDGE, Goal.FIRST_RESPONSE)
    ]
    free_from = found[-1].stopped_at if found[-1].is_answered else None
    for message in (one for one in contacts if one.kind is Kind.MESSAGE):
        if free_from is None or message.at < free_from:
            continue
        further = _until_answer(Goal.NEXT_RESPONSE, len(found) - 1, message.at, contacts, timeline)
        found.append(further)
        free_from = further.stopped_at if further.is_answered else None
    return found


def _until_answer(goal: Goal, number: int, since: datetime, contacts: Iterable[Contact], timeline: Timeline) -> Running:
    answered_at = next((one.at for one in contacts if one.kind in _STOPPED_BY[goal] and one.at >= since), None)
    ended_at = timeline.withdrawn_at
    if answered_at is not None and (ended_at is None or answered_at <= ended_at):
        return Running(goal, number, since, answered_at, is_answered=True)
    return Running(goal, number, since, ended_at, is_answered=False)


def levels(
    steps: Sequence[tuple[int, str]],
    calendar: WorkCalendar,
    since: datetime,
    minutes: int,
    breaks: Sequence[Span] = (),
) -> list[Level]:
    """Return when a clock in working time reaches each level; those beyond the calendar are left out.

    Args:
        steps: Percent and office to be told, ascending.
        calendar: Working time.
        since: When the clock began.
        minutes: Working minutes of the whole clock.
        breaks: Pauses.
    """
    found = []
    for percent, office in steps:
        at = due_at(calendar, since, -(-minutes * percent // 100), breaks)
        if at is not None:
            found.append(Level(percent, office, at))
    return found


def legal_levels(policy: GoalPolicy, since: datetime, until: datetime) -> list[Level]:
    """Return when a clock of the law, which counts calendar days, reaches each level.

    Args:
        policy: The levels.
        since: End of the day from which days are counted.
        until: End of the due date.
    """
    return [Level(percent, office, since + (until - since) * percent / 100) for percent, office in policy.levels]


def reached(found: Sequence[Level], told_percent: int, now: datetime) -> Level | None:
    """Return the level to tell of: the highest one reached and not told yet; None if there is none.

    After a downtime the highest speaks for those below it.
    """
    new = [level for level in found if level.percent > told_percent and level.at <= now]
    return new[-1] if new else None


def next_at(found: Sequence[Level], told_percent: int) -> datetime | None:
    """Return when there will be something to tell; None if never."""
    return next((level.at for level in found if level.percent > told_percent), None)


def is_met(running: Running, due: datetime | None) -> bool | None:
    """Return whether a clock was answered in its time; None while it runs, after a withdrawal, beyond the calendar."""
    if not running.is_answered or running.stopped_at is None or due is None:
        return None
    return running.stopped_at <= due
