"""Tasks in a case: who does what until when, e.g. fetching a recording; late ones show in the work list.

A case with an open task is not closed; one that ends otherwise needs none of its tasks any more.
"""

from datetime import date
from uuid import UUID

from shared.codes import Code
from shared.errors import Conflict, Forbidden, Invalid


class TaskOutcome(Code):
    """How a task ended."""

    DONE = "done", "已完成"
    NOT_NEEDED = "not_needed", "不再需要"


class TaskNotYours(Forbidden):
    """The owner of a task, the handler of the case or a complaint supervisor ends it."""

    code = "task_not_yours"


class TaskEnded(Conflict):
    """This task is done or not needed any more."""

    code = "task_ended"


class TaskOpen(Conflict):
    """A case with an open task is not closed."""

    code = "task_open"


class OwnerHasLeft(Conflict):
    """Somebody who left does nothing any more."""

    code = "owner_has_left"


class DueInThePast(Invalid):
    """A task is due today or later."""

    code = "due_in_the_past"


def require_due(due_on: date, *, today: date) -> None:
    """Refuse a due day that has passed (Asia/Shanghai).

    Raises:
        DueInThePast: before `today`.
    """
    if due_on < today:
        raise DueInThePast("A task is due today or later.", pointer="/due_on")


def require_none_open(next_due_on: date | None) -> None:
    """Refuse to close a case while a task is open.

    Args:
        next_due_on: The earliest due day among its open tasks; None if none is open.

    Raises:
        TaskOpen: says which day.
    """
    if next_due_on is not None:
        raise TaskOpen("A task of this case is open: end it first.", next_task_due_on=next_due_on.isoformat())


def require_in_charge(person_id: UUID, *, owner_id: UUID, handler_id: UUID | None, is_supervisor: bool) -> None:
    """Refuse everybody but the owner of a task, the handler of its case and complaint supervisors.

    Raises:
        TaskNotYours: somebody else.
    """
    if person_id not in (owner_id, handler_id) and not is_supervisor:
        raise TaskNotYours("Its owner, the handler of the case or a complaint supervisor ends a task.")


def is_overdue(due_on: date, *, is_open: bool, today: date) -> bool:
    """Return whether a task waits past its due day; that day itself is in time."""
    return is_open and today > due_on
