"""When a task is late, and who ends it."""

from datetime import date
from uuid import UUID

import pytest

from complaints.tasks.rules import (
    DueInThePast,
    TaskNotYours,
    TaskOpen,
    is_overdue,
    require_due,
    require_in_charge,
    require_none_open,
)

TODAY, BEFORE, AFTER = date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 3)
OWNER, HANDLER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("due_on", "is_open", "expected"),
    [(BEFORE, True, True), (TODAY, True, False), (AFTER, True, False), (BEFORE, False, False)],
)
def test_an_open_task_is_late_after_its_day(due_on: date, is_open: bool, expected: bool) -> None:
    assert is_overdue(due_on, is_open=is_open, today=TODAY) == expected


def test_a_task_is_due_today_or_later() -> None:
    require_due(TODAY, today=TODAY)
    with pytest.raises(DueInThePast):
        require_due(BEFORE, today=TODAY)


def test_a_case_is_closed_without_open_tasks() -> None:
    require_none_open(None)
    with pytest.raises(TaskOpen) as refusal:
        require_none_open(AFTER)
    assert refusal.value.facts == {"next_task_due_on": "2026-03-03"}


@pytest.mark.parametrize(
    ("person", "handler", "is_supervisor", "may"),
    [
        (OWNER, HANDLER, False, True),
        (HANDLER, HANDLER, False, True),
        (OTHER, HANDLER, True, True),
        (OTHER, HANDLER, False, False),
        (OTHER, None, False, False),
    ],
)
def test_the_owner_the_handler_or_a_supervisor_ends_a_task(
    person: UUID, handler: UUID | None, is_supervisor: bool, may: bool
) -> None:
    if may:
        require_in_charge(person, owner_id=OWNER, handler_id=handler, is_supervisor=is_supervisor)
        return
    with pytest.raises(TaskNotYours):
        require_in_charge(person, owner_id=OWNER, handler_id=handler, is_supervisor=is_supervisor)
