"""Until when a review is asked for and decided, and by whom."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.parties.rules import Offices, offices
from complaints.reviews import rules
from complaints.reviews.rules import Outcome

HEAD, BRANCH, OFFICE, ELSEWHERE = (UUID(int=number) for number in range(1, 5))
BETWEEN = Offices(BRANCH, HEAD)
ME, HANDLER = UUID(int=11), UUID(int=12)


@pytest.mark.parametrize(
    ("informed_on", "last_on"),
    [("2026-03-02", "2026-04-01"), ("2027-12-15", "2028-01-14"), ("2028-01-30", "2028-02-29")],
)
def test_a_review_is_asked_for_until_thirty_days_after_the_decision_was_received(
    informed_on: str, last_on: str
) -> None:
    informed, last = date.fromisoformat(informed_on), date.fromisoformat(last_on)

    rules.require_request_in_time(last, informed_on=informed, days=30)
    with pytest.raises(rules.ReviewRequestTooLate) as refusal:
        rules.require_request_in_time(last + timedelta(days=1), informed_on=informed, days=30)

    assert refusal.value.facts == {"last_on": last_on}


@given(requested_on=st.dates(date(2020, 3, 1), date(2100, 1, 1)), days=st.integers(1, 60), waited=st.integers(0, 120))
def test_the_day_of_the_request_does_not_count(requested_on: date, days: int, waited: int) -> None:
    due_on = rules.due_date(requested_on, days)

    assert rules.is_in_time(requested_on + timedelta(days=waited), due_on) == (waited <= days)


def test_a_request_without_a_known_day_is_neither_in_time_nor_late() -> None:
    assert rules.is_in_time(date(2026, 3, 2), None) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [([OFFICE, BRANCH, HEAD], BETWEEN), ([BRANCH, HEAD], BETWEEN), ([OFFICE, HEAD], Offices()), ([], Offices())],
)
def test_the_office_above_the_branch_that_handled_reviews(path: list[UUID], expected: Offices) -> None:
    assert offices(path, {str(BRANCH): str(HEAD)}) == expected


def test_the_branch_nearest_to_the_handler_counts() -> None:
    branches = {str(OFFICE): str(BRANCH), str(BRANCH): str(HEAD)}

    assert offices([OFFICE, BRANCH, HEAD], branches) == Offices(OFFICE, BRANCH)


@pytest.mark.parametrize(
    ("path", "involved", "has_interest", "refusal"),
    [
        ([OFFICE, HEAD], [HANDLER, None], False, None),
        ([OFFICE, HEAD], [HANDLER, ME], False, rules.ReviewerNotIndependent),
        ([OFFICE, HEAD], [HANDLER], True, rules.ReviewerNotIndependent),
        ([OFFICE, BRANCH, HEAD], [HANDLER], False, rules.ReviewerNotOfSuperior),
        ([ELSEWHERE], [HANDLER], False, rules.ReviewerNotOfSuperior),
        ([], [HANDLER], False, rules.ReviewerNotOfSuperior),
    ],
)
def test_who_reviews_belongs_to_the_superior_office_and_took_no_part(
    path: list[UUID], involved: list[UUID | None], has_interest: bool, refusal: type[Exception] | None
) -> None:
    def require() -> None:
        rules.require_reviewer(ME, path, between=BETWEEN, involved=involved, has_interest=has_interest)

    if refusal is None:
        require()
    else:
        with pytest.raises(refusal):
            require()


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("is_upheld", [None, True, False])
def test_only_a_changed_result_says_anew_whether_it_is_justified(outcome: Outcome, is_upheld: bool | None) -> None:
    if (outcome == "changed") == (is_upheld is not None):
        rules.require_clear(outcome, is_upheld)
    else:
        with pytest.raises(rules.ChangeUnclear):
            rules.require_clear(outcome, is_upheld)
