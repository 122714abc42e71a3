import random
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_log.planning import rules
from interaction_log.planning.rules import Basis, FollowUpNotOpen, FollowUpReason, FollowUpStatus
from shared.ids import new_id

DAYS = {"A": 30, "B": 90, "C": 180}
DAY = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("service_class", "last_contact_on", "due_on"),
    [
        ("A", date(2026, 3, 2), date(2026, 4, 1)),
        ("B", date(2026, 3, 2), date(2026, 5, 31)),
        ("C", date(2026, 3, 2), date(2026, 8, 29)),
        ("A", date(2028, 2, 1), date(2028, 3, 2)),
        ("C", date(2025, 9, 3), date(2026, 3, 2)),
    ],
)
def test_the_next_contact_is_due_by_the_class_after_the_last_one(
    service_class: str, last_contact_on: date, due_on: date
) -> None:
    basis = Basis(last_contact_on, rules.cadence_days(service_class, DAYS))

    assert rules.due_on(basis, planned_on=max(last_contact_on, date(2026, 3, 2)), catch_up_days=14) == due_on


@pytest.mark.parametrize("service_class", [None, "C", "D"])
def test_a_class_that_is_not_known_has_the_longest_rhythm(service_class: str | None) -> None:
    assert rules.cadence_days(service_class, DAYS) == 180


def test_a_day_that_has_passed_when_it_is_planned_becomes_a_catch_up() -> None:
    lapsed = Basis(date(2025, 9, 2), 180)

    assert rules.due_on(lapsed, planned_on=date(2026, 3, 1), catch_up_days=14) == date(2026, 3, 1)
    assert rules.due_on(lapsed, planned_on=date(2026, 3, 2), catch_up_days=14) == date(2026, 3, 16)


@given(on=DAY, planned_on=DAY, days=st.integers(0, 400), catch_up=st.integers(0, 60))
def test_no_follow_up_is_planned_for_the_past(on: date, planned_on: date, days: int, catch_up: int) -> None:
    assert rules.due_on(Basis(on, days), planned_on=planned_on, catch_up_days=catch_up) >= planned_on


@given(on=DAY, planned_on=DAY, later=st.integers(0, 400), days=st.integers(1, 400))
def test_a_later_contact_never_brings_the_day_forward_unless_the_rhythm_had_lapsed(
    on: date, planned_on: date, later: int, days: int
) -> None:
    earlier = rules.due_on(Basis(on, days), planned_on=planned_on, catch_up_days=14)
    moved = rules.due_on(Basis(on + timedelta(days=later), days), planned_on=planned_on, catch_up_days=14)

    has_lapsed = on + timedelta(days=days) < planned_on
    assert has_lapsed or moved >= earlier


def test_the_rhythm_counts_from_the_activation_until_the_first_contact() -> None:
    assert rules.rhythm_basis_on(None, date(2026, 1, 5)) == date(2026, 1, 5)
    assert rules.rhythm_basis_on(date(2025, 12, 1), date(2026, 1, 5)) == date(2025, 12, 1)


@pytest.mark.parametrize(
    ("scheduled_on", "last_contact_on", "contact_on", "is_fulfilled"),
    [
        (date(2026, 3, 2), None, date(2026, 3, 2), True),
        (date(2026, 3, 2), None, date(2026, 3, 1), False),
        (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2), False),
        (date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 3), True),
        (date(2026, 3, 2), date(2025, 1, 1), date(2025, 6, 1), False),
    ],
    ids=["same day as the activation", "before the planning", "same day as the contact", "next day", "import"],
)
def test_a_contact_fulfills_what_was_planned_before_it(
    scheduled_on: date, last_contact_on: date | None, contact_on: date, is_fulfilled: bool
) -> None:
    found = rules.is_fulfilled(scheduled_on=scheduled_on, last_contact_on=last_contact_on, contact_on=contact_on)

    assert found == is_fulfilled


def test_a_follow_up_is_missed_only_when_its_day_has_passed() -> None:
    assert not rules.is_missed(date(2026, 3, 2), today=date(2026, 3, 2))
    assert rules.is_missed(date(2026, 3, 2), today=date(2026, 3, 3))


@pytest.mark.parametrize(("closed_on", "wanted"), [(date(2026, 2, 23), True), (date(2026, 2, 22), False)])
def test_a_satisfaction_call_is_wanted_within_a_week_of_closing(closed_on: date, wanted: bool) -> None:
    assert rules.wants_satisfaction_call(closed_on, within_days=7, today=date(2026, 3, 2)) is wanted


def test_rhythm_goes_to_the_manager_and_risk_and_complaints_to_the_lead() -> None:
    current, manager, lead = UUID(int=1), UUID(int=2), UUID(int=3)
    found = {
        reason: rules.assignee_of(reason, current=current, has_left=False, manager_id=manager, lead_id=lead)
        for reason in FollowUpReason
    }

    assert found == {
        FollowUpReason.RHYTHM: manager,
        FollowUpReason.AT_RISK: lead,
        FollowUpReason.COMPLAINT_CLOSED: lead,
        FollowUpReason.REQUESTED: current,
    }


def test_the_manager_takes_over_what_somebody_who_left_had_promised() -> None:
    leaver, manager = new_id(), new_id()
    took_over = rules.assignee_of(
        FollowUpReason.REQUESTED, current=leaver, has_left=True, manager_id=manager, lead_id=new_id()
    )

    assert took_over == manager


def test_a_random_walk_never_leaves_an_end_and_always_says_what_is_allowed() -> None:
    """Against a plain model: open until the first of complete, miss, cancel; rescheduling changes nothing."""
    ends = {"complete": FollowUpStatus.COMPLETED, "miss": FollowUpStatus.MISSED, "cancel": FollowUpStatus.CANCELED}
    chance = random.Random(20260302)
    for _ in range(200):
        status, ended = FollowUpStatus.SCHEDULED, None
        for command in chance.choices([*ends, "reschedule"], weights=[1, 1, 1, 5], k=12):
            if ended is not None:
                with pytest.raises(FollowUpNotOpen) as refusal:
                    rules.next_status(status, command)
                assert refusal.value.facts == {"state": ended, "allowed": []}
                continue
            status = rules.next_status(status, command)
            ended = ends.get(command)
            assert status is (ended or FollowUpStatus.SCHEDULED)


def test_an_unknown_command_is_refused_with_those_that_are_allowed() -> None:
    with pytest.raises(FollowUpNotOpen) as refusal:
        rules.next_status(FollowUpStatus.SCHEDULED, "delete")

    assert refusal.value.facts["allowed"] == ["cancel", "complete", "miss", "reschedule"]
