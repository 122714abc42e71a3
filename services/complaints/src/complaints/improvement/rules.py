"""Improvement (溯源整改): what is done about a cause of complaints, by whom and until when.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3): the cause behind complaints is traced and put right.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from complaints.cases.rules import RootCause
from shared.codes import Code
from shared.errors import Conflict, Invalid, SecondPersonNeeded
from shared.states import step


class Origin(Code):
    """What an action answers."""

    COMPLAINT = "complaint", "投诉"
    ISSUE = "issue", "共性问题"
    FINDING = "finding", "检查发现"


class ActionStatus(Code):
    """Where an action stands."""

    OPEN = "open", "整改中"
    DONE = "done", "已整改、待验证效果"
    EFFECTIVE = "effective", "整改有效"
    CANCELED = "canceled", "已取消"


class ActionCommand(StrEnum):
    """What may be done to an action; the last part of the command's path."""

    REASSIGN = "reassign"
    POSTPONE = "postpone"
    REPORT_DONE = "report-done"
    CHECK = "check"
    REOPEN = "reopen"
    CANCEL = "cancel"


class ActionCommandNotAllowed(Conflict):
    """The state of the action does not allow this command."""

    code = "action_command_not_allowed"


class CauseUnknown(Conflict):
    """An action answers a cause: the case is closed with its root cause first."""

    code = "cause_unknown"


class ActionOwnerUnfit(Conflict):
    """This person may not own the action."""

    code = "action_owner_unfit"


class DueDateInvalid(Invalid):
    """An action is due today or later; a postponed one later than before."""

    code = "due_date_invalid"


_MOVES: Mapping[ActionStatus, Mapping[ActionCommand, ActionStatus]] = {
    ActionStatus.OPEN: {
        ActionCommand.REASSIGN: ActionStatus.OPEN,
        ActionCommand.POSTPONE: ActionStatus.OPEN,
        ActionCommand.REPORT_DONE: ActionStatus.DONE,
        ActionCommand.CANCEL: ActionStatus.CANCELED,
    },
    # Without an effect the check opens it again.
    ActionStatus.DONE: {ActionCommand.CHECK: ActionStatus.EFFECTIVE},
    ActionStatus.EFFECTIVE: {ActionCommand.REOPEN: ActionStatus.OPEN},
    ActionStatus.CANCELED: {},
}
#: States in which nobody waits for anything any more.
ENDED = frozenset({ActionStatus.EFFECTIVE, ActionStatus.CANCELED})


@dataclass(frozen=True, slots=True)
class Cause:
    """What complaints have in common when they have the same cause.

    Attributes:
        root_cause: The cause class.
        product_id: The product; None where no product is concerned.
        channel_id: The partner channel; None where none is concerned.
    """

    root_cause: RootCause
    product_id: UUID | None
    channel_id: UUID | None


def allowed(status: ActionStatus) -> list[ActionCommand]:
    """Return the commands taken now, in alphabetical order."""
    return sorted(_MOVES[status])


def after(command: ActionCommand, status: ActionStatus) -> ActionStatus:
    """Return the state that a command leads to.

    Raises:
        ActionCommandNotAllowed: says which commands are allowed.
    """
    told = f"An action that is {status} does not take {command!s}."
    return step(_MOVES, status, command, refused=ActionCommandNotAllowed, told=told)


def is_overdue(status: ActionStatus, due_on: date, today: date) -> bool:
    """Return whether it is not done past its due date; the due date itself is in time."""
    return status is ActionStatus.OPEN and today > due_on


def require_cause(root_cause: RootCause | None) -> RootCause:
    """Return the cause class of a case.

    Raises:
        CauseUnknown: the case has none yet.
    """
    if root_cause is None:
        raise CauseUnknown("Close the case with its root cause first: an action answers a cause.")
    return root_cause


def require_due(due_on: date, *, first: date) -> None:
    """Refuse a due date before `first`.

    Raises:
        DueDateInvalid: it is earlier.
    """
    if due_on < first:
        raise DueDateInvalid(f"This day is {first} or later.", pointer="/due_on")


def require_owner(*, has_left: bool, is_named: bool) -> None:
    """Refuse an owner who left, or about whom the complaint is.

    Raises:
        ActionOwnerUnfit: says why.
    """
    reasons = {"已离职": has_left, "被投诉人员": is_named}
    if found := [reason for reason, holds in reasons.items() if holds]:
        raise ActionOwnerUnfit(f"This person may not own it: {'、'.join(found)}.", pointer="/owner_id")


def require_not_involved(person_id: UUID, *, involved: Collection[UUID]) -> None:
    """Refuse that whoever owns an action or did it judges, postpones or cancels it (四眼原则).

    Raises:
        SecondPersonNeeded: it is one of them.
    """
    if person_id in involved:
        raise SecondPersonNeeded("Somebody does this who neither owns the action nor said that it was done.")
