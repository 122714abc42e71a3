"""The house's clocks: what starts and stops them, and that each level is told of once."""

import importlib
import random
from datetime import UTC, datetime, timedelta

import pytest

from complaints.correspondence.rules import InstantOutOfRange, Kind, exchanged_at
from complaints.goals.rules import (
    Contact,
    Goal,
    GoalPolicy,
    Level,
    Timeline,
    clocks,
    is_met,
    legal_levels,
    next_at,
    reached,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
POLICY = GoalPolicy.of(
    importlib.import_module("complaints.migrations.0008_internal_clocks")._GOALS, version="v", source="内部规定"
)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def told(kind: Kind, at: float) -> Contact:
    return Contact(hour(at), kind)


ACKNOWLEDGED, ANSWERED = told(Kind.ACKNOWLEDGEMENT, 1), told(Kind.RESPONSE, 3)


def seen(timeline: Timeline) -> list[tuple[str, int, datetime, datetime | None, bool]]:
    return [(str(one.goal), one.round, one.since, one.stopped_at, one.is_answered) for one in clocks(timeline)]


@pytest.mark.parametrize(
    ("timeline", "acknowledged", "answered"),
    [
        (Timeline(START), None, None),
        (Timeline(START, (ACKNOWLEDGED,)), 1, None),
        (Timeline(START, (ACKNOWLEDGED, ANSWERED)), 1, 3),
        (Timeline(START, (ANSWERED,)), 3, 3),
        (Timeline(START, (told(Kind.ATTEMPT, 1), told(Kind.MESSAGE, 2))), None, None),
        (Timeline(START, informed_at=hour(9)), 9, 9),
    ],
)
def test_answers_stop_the_first_clocks(timeline: Timeline, acknowledged: int | None, answered: int | None) -> None:
    stops = [None if number is None else hour(number) for number in (acknowledged, answered)]

    assert [one.stopped_at for one in clocks(timeline)] == stops


def test_a_message_after_the_first_response_starts_the_clock_of_the_next_one() -> None:
    contacts = [
        *(told(Kind.MESSAGE, 2), ANSWERED, told(Kind.MESSAGE, 5), told(Kind.MESSAGE, 6)),
        *(told(Kind.RESPONSE, 8), told(Kind.MESSAGE, 9)),
    ]
    expected = [("next_response", 1, hour(5), hour(8), True), ("next_response", 2, hour(9), None, False)]

    for _ in range(20):
        random.shuffle(contacts)
        assert seen(Timeline(START, tuple(contacts)))[2:] == expected


def test_a_withdrawal_ends_every_clock_without_a_verdict() -> None:
    timeline = Timeline(START, (ACKNOWLEDGED,), withdrawn_at=hour(5))

    assert [(one.stopped_at, is_met(one, hour(9))) for one in clocks(timeline)] == [(hour(1), True), (hour(5), None)]


@pytest.mark.parametrize(("due", "met"), [(3, True), (2.9, False)])
def test_an_answer_is_in_time_until_the_due_instant(due: float, met: bool) -> None:
    assert is_met(clocks(Timeline(START, (ANSWERED,)))[1], hour(due)) is met


def test_the_goal_depends_on_the_service_class() -> None:
    assert [POLICY.target(Goal.ACKNOWLEDGE, service_class) for service_class in ("A", "B", "C", None, "D")] == [
        *(120, 210, 420, 210, 210)
    ]


LEVELS = [Level(percent, office, hour(percent / 10)) for percent, office in POLICY.levels]


@pytest.mark.parametrize(
    ("told_percent", "now", "expected"),
    [(0, 4.9, None), (0, 5, 50), (0, 9.5, 90), (50, 5, None), (50, 7.5, 75), (90, 99, 100), (100, 99, None)],
)
def test_each_level_is_told_of_once_and_the_highest_speaks_for_those_missed(
    told_percent: int, now: float, expected: int | None
) -> None:
    found = reached(LEVELS, told_percent, hour(now))

    assert (found and found.percent) == expected


def test_what_comes_next_is_the_first_level_not_told() -> None:
    assert [next_at(LEVELS, told) for told in (0, 50, 90, 100)] == [hour(5), hour(7.5), hour(10), None]


def test_the_legal_clock_warns_by_calendar_days() -> None:
    found = legal_levels(POLICY, hour(0), hour(24 * 20))

    assert [(one.percent, one.office, one.at) for one in found] == [
        (50, "complaint_handler", hour(24 * 10)),
        (75, "complaint_handler", hour(24 * 15)),
        (90, "complaint_supervisor", hour(24 * 18)),
        (100, "executive", hour(24 * 20)),
    ]


@pytest.mark.parametrize("at", [-1, 6])
def test_an_exchange_lies_between_receipt_and_now(at: int) -> None:
    with pytest.raises(InstantOutOfRange):
        exchanged_at(hour(at), received_at=START, now=hour(5))
    assert exchanged_at(None, received_at=START, now=hour(5)) == hour(5)
