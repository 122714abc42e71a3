"""Who is held to account, what they may meet, who decides, and until when they appeal."""

from datetime import date
from itertools import product

import pytest

from complaints.accountability import rules
from complaints.accountability.rules import AccountabilityCommand, AccountabilityStatus, AppealOutcome, Measure
from shared.errors import SecondPersonNeeded
from shared.ids import new_id

ALLOWED = {
    ("found", "give-opinion"),
    ("opined", "refer"),
    ("opined", "decide"),
    ("decided", "appeal"),
    ("appealed", "refer"),
    ("appealed", "decide-appeal"),
}
ON_CHANNELS = {"talk", "rectification", "no_new_products", "sales_suspended", "exit"}
ON_STAFF = {"talk", "criticism", "training", "pay_cut", "sales_stopped", "demotion", "dismissal"}


@pytest.mark.parametrize(
    ("status", "command"), list(product(AccountabilityStatus, AccountabilityCommand)), ids=lambda one: one.value
)
def test_every_state_takes_its_commands_and_no_others(
    status: AccountabilityStatus, command: AccountabilityCommand
) -> None:
    if (status.value, command.value) in ALLOWED:
        rules.after(command, status)
    else:
        with pytest.raises(rules.AccountabilityCommandNotAllowed) as refused:
            rules.after(command, status)
        assert refused.value.facts["allowed"] == sorted(c for s, c in ALLOWED if s == status.value)


def test_one_is_held_to_account() -> None:
    rules.require_one_subject(new_id(), None)
    rules.require_one_subject(None, new_id())
    for subject in ((None, None), (new_id(), new_id())):
        with pytest.raises(rules.SubjectUnclear):
            rules.require_one_subject(*subject)


@pytest.mark.parametrize(("measure", "is_channel"), list(product([None, *Measure], [True, False])))
def test_measures_on_persons_are_none_on_channels(measure: Measure | None, is_channel: bool) -> None:
    if measure is None or measure.value in (ON_CHANNELS if is_channel else ON_STAFF):
        rules.require_fit(measure, is_channel=is_channel)
    else:
        with pytest.raises(rules.MeasureUnfit):
            rules.require_fit(measure, is_channel=is_channel)


def test_an_appeal_keeps_changes_or_ends_the_measure() -> None:
    decided, other = Measure.DEMOTION, Measure.TALK

    for outcome, changed, expected in (
        (AppealOutcome.UPHELD, None, decided),
        (AppealOutcome.CHANGED, other, other),
        (AppealOutcome.REVOKED, None, None),
    ):
        rules.require_clear_appeal(outcome, changed)
        assert rules.measure_after(outcome, decided=decided, changed=changed) is expected
        with pytest.raises(rules.MeasureUnfit):
            rules.require_clear_appeal(outcome, None if changed else other)


def test_somebody_else_of_another_known_department_decides() -> None:
    person, unit = new_id(), new_id()
    rules.require_another(person, unit, involved=[new_id(), None], departments=[new_id()])
    with pytest.raises(SecondPersonNeeded):
        rules.require_another(person, unit, involved=[person], departments=[])
    for department in (unit, None):
        with pytest.raises(rules.AnotherDepartmentDecides):
            rules.require_another(person, department, involved=[], departments=[unit])


def test_who_is_held_to_account_takes_no_part_but_the_appeal() -> None:
    person = new_id()
    rules.require_not_subject(person, None)
    with pytest.raises(rules.SubjectTakesNoPart):
        rules.require_not_subject(person, person)
    rules.require_subject(person, person)
    with pytest.raises(rules.NotTheSubject):
        rules.require_subject(person, None)


def test_the_last_day_of_an_appeal_is_in_time() -> None:
    until = rules.appeal_until(date(2028, 2, 20), 15)
    assert until == date(2028, 3, 6)  # over the leap day
    rules.require_in_time(until, until)
    with pytest.raises(rules.AppealTooLate) as refused:
        rules.require_in_time(until, date(2028, 3, 7))
    assert refused.value.facts == {"last_on": "2028-03-06"}
