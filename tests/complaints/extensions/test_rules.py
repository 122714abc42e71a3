"""Extensions: in order, in time, by the right person, with the complainant told."""

from datetime import date
from uuid import uuid4

import pytest

from complaints.clocks.rules import ApproverIsHandler, Entry, EntryKind, Stage, fold
from complaints.extensions.rules import (
    ComplainantNotTold,
    ExtensionNotYours,
    ExtensionOutOfOrder,
    ExtensionTooLate,
    next_stage,
    require_approver,
    require_extendable,
    require_told,
)

RECEIVED = date(2026, 3, 2)
STARTED = Entry(EntryKind.STARTED, RECEIVED, 15)
EXTENDED = Entry(EntryKind.EXTENDED, date(2026, 3, 10), 30)
EXTENDED_AGAIN = Entry(EntryKind.EXTENDED_AGAIN, date(2026, 3, 25), 60)


@pytest.mark.parametrize(
    ("history", "wanted", "granted"),
    [
        ([STARTED], None, Stage.FIRST),
        ([STARTED], Stage.FIRST, Stage.FIRST),
        ([STARTED, EXTENDED], None, Stage.SECOND),
        ([STARTED, EXTENDED], Stage.SECOND, Stage.SECOND),
    ],
)
def test_the_next_extension_is_granted(history: list[Entry], wanted: Stage | None, granted: Stage) -> None:
    assert require_extendable(fold(history), wanted, today=date(2026, 3, 16)) is granted


@pytest.mark.parametrize(
    ("history", "wanted", "allowed"),
    [
        ([STARTED], Stage.SECOND, [Stage.FIRST]),
        ([STARTED, EXTENDED], Stage.FIRST, [Stage.SECOND]),
        ([STARTED, EXTENDED, EXTENDED_AGAIN], Stage.SECOND, []),
        ([STARTED, EXTENDED, EXTENDED_AGAIN], None, []),
    ],
)
def test_an_extension_out_of_order_is_refused(history: list[Entry], wanted: Stage | None, allowed: list[Stage]) -> None:
    with pytest.raises(ExtensionOutOfOrder) as refusal:
        require_extendable(fold(history), wanted, today=RECEIVED)

    assert refusal.value.facts["allowed"] == allowed


@pytest.mark.parametrize(
    ("history", "today", "is_late"),
    [
        ([STARTED], "2026-03-16", False),
        ([STARTED], "2026-03-17", True),
        ([STARTED], "2026-03-18", True),
        ([STARTED, EXTENDED], "2026-03-31", False),
        ([STARTED, EXTENDED], "2026-04-01", True),
    ],
)
def test_an_extension_comes_before_the_due_date_that_holds(history: list[Entry], today: str, is_late: bool) -> None:
    clock = fold(history)
    if not is_late:
        assert require_extendable(clock, None, today=date.fromisoformat(today)) is next_stage(clock)
        return
    with pytest.raises(ExtensionTooLate):
        require_extendable(clock, None, today=date.fromisoformat(today))


@pytest.mark.parametrize(
    ("stage", "roles", "may"),
    [
        (Stage.FIRST, {"complaint_supervisor"}, True),
        (Stage.FIRST, {"executive"}, False),
        (Stage.FIRST, {"complaint_handler"}, False),
        (Stage.SECOND, {"executive"}, True),
        (Stage.SECOND, {"complaint_supervisor"}, False),
        (Stage.SECOND, {"complaint_supervisor", "executive"}, True),
    ],
)
def test_each_extension_has_its_approver(stage: Stage, roles: set[str], may: bool) -> None:
    if may:
        require_approver(stage, approver_id=uuid4(), roles=roles, handler_id=uuid4())
        return
    with pytest.raises(ExtensionNotYours):
        require_approver(stage, approver_id=uuid4(), roles=roles, handler_id=None)


@pytest.mark.parametrize("stage", Stage)
def test_nobody_extends_the_time_for_their_own_case(stage: Stage) -> None:
    handler = uuid4()

    with pytest.raises(ApproverIsHandler):
        require_approver(stage, approver_id=handler, roles={"complaint_supervisor", "executive"}, handler_id=handler)


@pytest.mark.parametrize(
    ("stage", "told_on", "is_told"),
    [
        (Stage.FIRST, None, True),
        (Stage.SECOND, None, False),
        (Stage.SECOND, "2026-03-20", True),
        (Stage.SECOND, "2026-03-02", True),
        (Stage.SECOND, "2026-03-01", False),
        (Stage.SECOND, "2026-03-21", False),
        (Stage.FIRST, "2026-03-21", False),
    ],
)
def test_the_second_extension_needs_the_complainant_told(stage: Stage, told_on: str | None, is_told: bool) -> None:
    day = date.fromisoformat(told_on) if told_on else None
    if is_told:
        require_told(stage, day, counted_from=RECEIVED, today=date(2026, 3, 20))
        return
    with pytest.raises(ComplainantNotTold) as refusal:
        require_told(stage, day, counted_from=RECEIVED, today=date(2026, 3, 20))
    assert refusal.value.pointer == "/complainant_told_on"
