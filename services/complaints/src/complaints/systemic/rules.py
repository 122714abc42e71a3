"""Systemic issues (共性问题): the same cause over one product and channel, too often to be a matter of single cases.

A house rule with numbers from policy: in the days of a window at least so many complaints of at least so many persons,
and either clearly more a day than in the time before, or so many that the time before does not matter. One person who
complains often is no systemic issue; a case that takes up an ended one again is the same complaint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from shared.codes import Code
from shared.errors import Conflict
from shared.states import step

#: Policy row with the numbers of `Thresholds`.
POLICY = "systemic.detector"


class IssueStatus(Code):
    """Where an issue stands."""

    DETECTED = "detected", "待研判"
    CONFIRMED = "confirmed", "已确认、整改中"
    DISMISSED = "dismissed", "已排除"
    RESOLVED = "resolved", "已解决"


class IssueCommand(StrEnum):
    """What may be done to an issue; the last part of the command's path."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    ACT = "improvement-actions"
    RESOLVE = "resolve"


class Ground(Code):
    """Why so many complaints are an issue, besides their number and that of the persons."""

    RISE = "rise", "较前期明显上升"
    MANY = "many", "件数较多，不论前期多少"


class IssueCommandNotAllowed(Conflict):
    """The state of the issue does not allow this command."""

    code = "issue_command_not_allowed"


class IssueNotPutRight(Conflict):
    """An issue is resolved when an action had an effect and none is left to be done or judged."""

    code = "issue_not_put_right"


_MOVES: Mapping[IssueStatus, Mapping[IssueCommand, IssueStatus]] = {
    IssueStatus.DETECTED: {
        IssueCommand.CONFIRM: IssueStatus.CONFIRMED,
        IssueCommand.DISMISS: IssueStatus.DISMISSED,
    },
    IssueStatus.CONFIRMED: {
        IssueCommand.ACT: IssueStatus.CONFIRMED,
        IssueCommand.RESOLVE: IssueStatus.RESOLVED,
    },
    IssueStatus.DISMISSED: {},
    IssueStatus.RESOLVED: {},
}
#: States in which further complaints join an issue instead of raising another.
STANDING = frozenset({IssueStatus.DETECTED, IssueStatus.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of the policy row.

    Attributes:
        days: Days of the window; the last one is today.
        complaints: Complaints in it from which on it may be an issue.
        persons: Persons who complained in it, likewise.
        days_before: Days before the window that it is compared with.
        times_percent: How many percent of those days' complaints a day the window's must reach.
        always: Complaints in the window that are an issue whatever was before.
    """

    days: int
    complaints: int
    persons: int
    days_before: int
    times_percent: int
    always: int

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Thresholds":
        """Return the numbers that a policy row's value describes.

        Raises:
            KeyError, TypeError, ValueError: the row holds no such numbers.
        """
        return cls(**{name: int(value[name]) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Window:
    """The days whose complaints are counted, and those before they are compared with; all days are included."""

    before_from: date
    window_from: date
    window_to: date


def window(thresholds: Thresholds, today: date) -> Window:
    """Return the days that are looked at on a day (Asia/Shanghai)."""
    window_from = today - timedelta(days=thresholds.days - 1)
    return Window(window_from - timedelta(days=thresholds.days_before), window_from, today)


def grounds(thresholds: Thresholds, *, complaints: int, persons: int, before: int) -> list[Ground]:
    """Return why so many complaints are an issue; empty if they are none.

    Args:
        thresholds: The numbers that hold.
        complaints: Complaints in the window.
        persons: Persons who made them.
        before: Complaints in the days before.
    """
    if complaints < thresholds.complaints or persons < thresholds.persons:
        return []
    # Per day of either time, without a division.
    now_a_day = complaints * thresholds.days_before * 100
    before_a_day = before * thresholds.days * thresholds.times_percent
    holds = {Ground.RISE: now_a_day >= before_a_day, Ground.MANY: complaints >= thresholds.always}
    return [ground for ground, is_given in holds.items() if is_given]


def allowed(status: IssueStatus) -> list[IssueCommand]:
    """Return the commands taken now, in alphabetical order."""
    return sorted(_MOVES[status])


def after(command: IssueCommand, status: IssueStatus) -> IssueStatus:
    """Return the state that a command leads to.

    Raises:
        IssueCommandNotAllowed: says which commands are allowed.
    """
    told = f"An issue that is {status} does not take {command!s}."
    return step(_MOVES, status, command, refused=IssueCommandNotAllowed, told=told)


def require_put_right(*, effective: int, waiting: int) -> None:
    """Refuse to call an issue resolved before its actions are.

    Args:
        effective: Actions that were judged to have an effect.
        waiting: Actions that are still to be done or judged.

    Raises:
        IssueNotPutRight: says how many of each.
    """
    if not effective or waiting:
        raise IssueNotPutRight(
            "An issue is resolved when an action had an effect and none waits.", effective=effective, waiting=waiting
        )
