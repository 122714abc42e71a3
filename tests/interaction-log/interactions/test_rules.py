from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from interaction_log.interactions import rules
from interaction_log.interactions.rules import ContactOutcome, NotBegun, OutcomeContradicts, SomebodyElsesContact

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(0), timedelta(minutes=5)])
def test_a_contact_may_begin_up_to_five_minutes_ahead_of_our_clock(ahead: timedelta) -> None:
    rules.require_begun(NOW + ahead, now=NOW)


def test_a_contact_in_the_future_is_refused_with_the_field() -> None:
    with pytest.raises(NotBegun) as refusal:
        rules.require_begun(NOW + timedelta(minutes=5, microseconds=1), now=NOW, at="/changes")

    assert refusal.value.pointer == "/changes/started_at"


@pytest.mark.parametrize("outcome", [None, *ContactOutcome])
@pytest.mark.parametrize("is_reached", [True, False])
def test_only_no_answer_contradicts_a_client_who_was_reached(is_reached: bool, outcome: ContactOutcome | None) -> None:
    if is_reached and outcome is ContactOutcome.NO_ANSWER:
        with pytest.raises(OutcomeContradicts):
            rules.require_consistent(is_reached=is_reached, outcome=outcome)
    else:
        rules.require_consistent(is_reached=is_reached, outcome=outcome)


def test_who_reaches_own_rows_only_records_own_contacts_only() -> None:
    mine, other = UUID(int=1), UUID(int=2)

    rules.require_own(mine, caller_id=mine, records_for_others=False)
    rules.require_own(other, caller_id=mine, records_for_others=True)
    for staff_id in (other, None):
        with pytest.raises(SomebodyElsesContact):
            rules.require_own(staff_id, caller_id=mine, records_for_others=False)


def test_only_what_differs_counts_as_changed() -> None:
    assert rules.changed({"a": 1, "b": 2, "c": None}, {"b": 3, "c": None}) == {"b": 3}


@pytest.mark.parametrize(
    ("changes", "is_reached", "moves"),
    [
        ({"is_reached": False}, False, True),
        ({"started_at": NOW}, True, True),
        ({"started_at": NOW}, False, False),
        ({"summary": "x"}, True, False),
    ],
)
def test_the_rhythm_moves_when_reach_or_time_of_a_reached_contact_change(
    changes: dict[str, object], is_reached: bool, moves: bool
) -> None:
    assert rules.moves_rhythm(changes, is_reached=is_reached) is moves
