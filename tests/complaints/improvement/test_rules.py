"""What an action takes in which state, until when it is due, and who may own it."""

from datetime import date
from itertools import product

import pytest

from complaints.cases.rules import RootCause
from complaints.improvement import rules
from complaints.improvement.rules import ActionCommand, ActionStatus
from shared.errors import SecondPersonNeeded
from shared.ids import new_id

DAY = date(2026, 3, 2)

#: Written out apart from the table of moves.
ALLOWED = {
    ("open", "reassign"),
    ("open", "postpone"),
    ("open", "report-done"),
    ("open", "cancel"),
    ("done", "check"),
    ("effective", "reopen"),
}


@pytest.mark.parametrize(("status", "command"), list(product(ActionStatus, ActionCommand)))
def test_every_state_takes_its_commands_and_no_others(status: ActionStatus, command: ActionCommand) -> None:
    if (status.value, command.value) in ALLOWED:
        rules.after(command, status)
    else:
        with pytest.raises(rules.ActionCommandNotAllowed) as refused:
            rules.after(command, status)
        assert refused.value.facts["allowed"] == sorted(c for s, c in ALLOWED if s == status.value)


@pytest.mark.parametrize(
    ("status", "today", "is_overdue"),
    [
        (ActionStatus.OPEN, DAY, False),
        (ActionStatus.OPEN, date(2026, 3, 3), True),
        (ActionStatus.DONE, date(2026, 3, 3), False),
        (ActionStatus.CANCELED, date(2026, 3, 3), False),
    ],
)
def test_an_open_action_is_overdue_from_the_day_after_its_due_date(
    status: ActionStatus, today: date, is_overdue: bool
) -> None:
    assert rules.is_overdue(status, DAY, today) == is_overdue


def test_an_action_is_due_no_earlier_than_the_first_day() -> None:
    rules.require_due(DAY, first=DAY)
    with pytest.raises(rules.DueDateInvalid) as refused:
        rules.require_due(date(2026, 3, 1), first=DAY)
    assert refused.value.pointer == "/due_on"


def test_an_action_answers_a_cause() -> None:
    assert rules.require_cause(RootCause.PROCESS) is RootCause.PROCESS
    with pytest.raises(rules.CauseUnknown):
        rules.require_cause(None)


@pytest.mark.parametrize(
    ("has_left", "is_named", "said"),
    [(True, False, "已离职"), (False, True, "被投诉人员"), (True, True, "已离职、被投诉人员")],
)
def test_who_left_or_is_complained_about_owns_no_action(has_left: bool, is_named: bool, said: str) -> None:
    rules.require_owner(has_left=False, is_named=False)
    with pytest.raises(rules.ActionOwnerUnfit, match=said):
        rules.require_owner(has_left=has_left, is_named=is_named)


def test_nobody_judges_their_own_doing() -> None:
    one, other = new_id(), new_id()
    rules.require_not_involved(one, involved=[other])
    with pytest.raises(SecondPersonNeeded):
        rules.require_not_involved(one, involved=[other, one])
