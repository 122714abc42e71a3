"""When so many complaints are a systemic issue, told in fractions beside the rule's whole numbers."""

from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.systemic import rules
from complaints.systemic.rules import Ground, IssueCommand, IssueStatus, Thresholds

HOUSE = Thresholds(days=90, complaints=3, persons=3, days_before=180, times_percent=200, always=10)
ALLOWED = {
    ("detected", "confirm"),
    ("detected", "dismiss"),
    ("confirmed", "improvement-actions"),
    ("confirmed", "resolve"),
}


@pytest.mark.parametrize(
    ("complaints", "persons", "before", "expected"),
    [
        (3, 3, 0, [Ground.RISE]),
        (2, 3, 0, []),
        (3, 2, 0, []),
        (3, 3, 3, [Ground.RISE]),  # twice as many a day
        (3, 3, 4, []),
        (10, 3, 11, [Ground.MANY]),
        (10, 3, 10, [Ground.RISE, Ground.MANY]),
        (10, 2, 0, []),
    ],
)
def test_many_of_many_persons_and_more_than_before(
    complaints: int, persons: int, before: int, expected: list[Ground]
) -> None:
    assert rules.grounds(HOUSE, complaints=complaints, persons=persons, before=before) == expected


_NUMBERS = st.integers(1, 400)


@given(
    thresholds=st.builds(
        Thresholds,
        days=_NUMBERS,
        complaints=st.integers(1, 20),
        persons=st.integers(1, 20),
        days_before=_NUMBERS,
        times_percent=_NUMBERS,
        always=st.integers(1, 50),
    ),
    complaints=st.integers(0, 60),
    persons=st.integers(0, 60),
    before=st.integers(0, 200),
)
def test_the_rule_is_what_fractions_say(thresholds: Thresholds, complaints: int, persons: int, before: int) -> None:
    found = rules.grounds(thresholds, complaints=complaints, persons=persons, before=before)

    is_enough = complaints >= thresholds.complaints and persons >= thresholds.persons
    rate, earlier = Fraction(complaints, thresholds.days), Fraction(before, thresholds.days_before)
    assert (Ground.RISE in found) == (is_enough and rate >= earlier * Fraction(thresholds.times_percent, 100))
    assert (Ground.MANY in found) == (is_enough and complaints >= thresholds.always)


def test_the_window_ends_today_and_what_it_is_compared_with_before_it() -> None:
    found = rules.window(HOUSE, date(2028, 3, 1))

    assert found == rules.Window(date(2027, 6, 6), date(2027, 12, 3), date(2028, 3, 1))
    assert (found.window_to - found.window_from).days + 1 == 90
    assert (found.window_from - found.before_from).days == 180


@pytest.mark.parametrize(("status", "command"), list(product(IssueStatus, IssueCommand)))
def test_every_state_takes_its_commands_and_no_others(status: IssueStatus, command: IssueCommand) -> None:
    if (status.value, command.value) in ALLOWED:
        rules.after(command, status)
    else:
        with pytest.raises(rules.IssueCommandNotAllowed) as refused:
            rules.after(command, status)
        assert refused.value.facts["allowed"] == sorted(c for s, c in ALLOWED if s == status.value)


@pytest.mark.parametrize(("effective", "waiting"), [(0, 0), (0, 1), (1, 1)])
def test_an_issue_is_put_right_by_actions(effective: int, waiting: int) -> None:
    rules.require_put_right(effective=1, waiting=0)
    with pytest.raises(rules.IssueNotPutRight):
        rules.require_put_right(effective=effective, waiting=waiting)
