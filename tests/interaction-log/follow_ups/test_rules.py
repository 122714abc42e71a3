from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_log.follow_ups import rules
from interaction_log.follow_ups.rules import CompletedByContact, DayOutOfRange, NotTheAssignee
from interaction_log.planning.rules import FollowUpReason

TODAY = date(2026, 3, 2)


@given(ahead=st.integers(-1000, 1000))
def test_a_person_plans_from_today_up_to_the_horizon(ahead: int) -> None:
    day = TODAY + timedelta(days=ahead)
    if 0 <= ahead <= 730:
        rules.require_day(day, today=TODAY, horizon_days=730)
    else:
        with pytest.raises(DayOutOfRange) as refusal:
            rules.require_day(day, today=TODAY, horizon_days=730)
        assert refusal.value.facts == {"earliest": "2026-03-02", "latest": "2028-03-01"}


@pytest.mark.parametrize(
    ("is_assignee", "reaches_team", "may"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_the_assignee_and_the_lead_may_act(is_assignee: bool, reaches_team: bool, may: bool) -> None:
    if may:
        rules.require_may_act(is_assignee=is_assignee, reaches_team=reaches_team)
    else:
        with pytest.raises(NotTheAssignee):
            rules.require_may_act(is_assignee=is_assignee, reaches_team=reaches_team)


@pytest.mark.parametrize("reason", FollowUpReason)
def test_only_the_rhythm_asks_for_a_contact(reason: FollowUpReason) -> None:
    if reason is FollowUpReason.RHYTHM:
        with pytest.raises(CompletedByContact):
            rules.require_no_contact_needed(reason)
    else:
        rules.require_no_contact_needed(reason)
