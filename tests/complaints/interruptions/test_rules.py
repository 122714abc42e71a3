"""Appraisals and new facts: on which days, and what a restart leaves of a breach."""

from datetime import date

import pytest

from complaints.cases.rules import DayOutOfRange
from complaints.clocks.rules import Entry, EntryKind, fold
from complaints.interruptions.rules import SuspensionTooLate, late_span, require_suspendable

CLOCK = fold([Entry(EntryKind.STARTED, date(2026, 3, 2), 15)])


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.mark.parametrize("today", [10, 17])
def test_an_appraisal_is_recorded_until_the_due_date(today: int) -> None:
    require_suspendable(CLOCK, began_on=march(8), told_on=march(10), first=march(2), today=march(today))


def test_an_appraisal_does_not_undo_a_breach() -> None:
    with pytest.raises(SuspensionTooLate) as refusal:
        require_suspendable(CLOCK, began_on=march(8), told_on=march(8), first=march(2), today=march(18))

    assert refusal.value.facts == {"due_on": "2026-03-17"}


@pytest.mark.parametrize(
    ("began", "told", "pointer"),
    [
        (4, 10, "/began_on"),  # the clock was set going again on the 5th
        (11, 10, "/began_on"),
        (10, 11, "/complainant_told_on"),
        (10, 1, "/complainant_told_on"),
    ],
)
def test_days_that_cannot_be_are_refused(began: int, told: int, pointer: str) -> None:
    with pytest.raises(DayOutOfRange) as refusal:
        require_suspendable(CLOCK, began_on=march(began), told_on=march(told), first=march(5), today=march(10))

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize(
    ("arrived", "recorded", "span"), [(17, 17, []), (20, 20, [17, 20]), (16, 20, [17, 17]), (17, 18, [17, 17])]
)
def test_a_restart_keeps_how_long_the_case_was_late(arrived: int, recorded: int, span: list[int]) -> None:
    assert late_span(CLOCK, march(arrived), recorded_on=march(recorded)) == [march(day) for day in span]
