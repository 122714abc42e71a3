"""The oracle's contacts, complaints, classes and risk levels against cases worked out by hand."""

from datetime import date, datetime, timedelta, timezone

import pytest
from oracle import cfpb, risk, service_class, uci
from oracle.cfpb import Complaint
from oracle.dates import NOW
from oracle.risk import Facts


def a_complaint(received: str, informed: str | None = None, number: int = 1) -> Complaint:
    received_on = date.fromisoformat(received)
    informed_on = date.fromisoformat(informed) if informed else None
    due_on = received_on + timedelta(days=15)
    return Complaint(number, 1, 1, "Mortgage", "fees", received_on, due_on, informed_on, 0, False)


def test_contact_years_rise_only_where_the_month_falls_by_more_than_five() -> None:
    assert uci.years_of([5, 6, 5, 12, 7, 1, 1, 12, 6]) == [2008, 2008, 2008, 2008, 2008, 2009, 2009, 2009, 2010]


@pytest.mark.parametrize(("number", "clock"), [(1, (9, 1)), (479, (16, 59)), (480, (9, 0)), (481, (9, 1))])
def test_a_contact_begins_at_nine_and_its_number_of_minutes_modulo_480(number: int, clock: tuple[int, int]) -> None:
    expected = datetime(2023, 5, 5, *clock, tzinfo=timezone(timedelta(hours=8)))

    assert uci.started_at(date(2023, 5, 5), number) == expected


@pytest.mark.parametrize(("number", "place"), [(1, 0), (2, 7), (215, 1498), (216, 5), (1500, 1493), (1501, 0)])
def test_complaint_places_go_in_steps_of_seven_modulo_1500(number: int, place: int) -> None:
    assert cfpb.client_place(number) == place


@pytest.mark.parametrize(("number", "channel"), [(1, 1), (77, 77), (78, 1), (2000, 75)])
def test_complaints_are_about_the_channels_in_turn(number: int, channel: int) -> None:
    assert cfpb.channel_of(number) == channel


def test_a_case_is_open_until_the_day_of_informing_and_overdue_after_its_due_date() -> None:
    late = a_complaint("2026-03-01", "2026-03-21")

    assert (late.due_on, late.was_in_time()) == (date(2026, 3, 16), False)
    assert [late.is_open(date(2026, 3, day)) for day in (1, 20, 21)] == [True, True, False]
    assert [late.is_overdue(date(2026, 3, day)) for day in (16, 17, 20, 21)] == [False, True, True, False]
    assert not late.is_open(date(2026, 2, 28))


@pytest.mark.parametrize(
    ("fen", "expected"),
    [(299_999_999, "C"), (300_000_000, "B"), (999_999_999, "B"), (1_000_000_000, "A"), (0, "C")],
)
def test_a_service_class_begins_at_its_bound(fen: int, expected: str) -> None:
    assert service_class.service_class(fen) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), {}),
        (Facts(reached_on=[NOW - timedelta(days=180)]), {}),
        (Facts(reached_on=[NOW - timedelta(days=181), NOW - timedelta(days=500)]), {"silence_over_1_cadence": 10}),
        (Facts(reached_on=[NOW - timedelta(days=360)]), {"silence_over_1_cadence": 10}),
        (Facts(reached_on=[NOW - timedelta(days=361)]), {"silence_over_2_cadences": 20}),
        (
            Facts(reached_on=[NOW - timedelta(days=100)], dealings=[(date(2021, 1, 1), 300_000_000)]),
            {"silence_over_1_cadence": 10},
        ),
        (Facts(dealings=[(date(2021, 1, 1), 100), (NOW, -29)]), {}),
        (Facts(dealings=[(date(2021, 1, 1), 100), (NOW, -30)]), {"outflow_30_percent": 20}),
        (Facts(dealings=[(date(2021, 1, 1), 100), (date(2026, 1, 1), -60)]), {"outflow_60_percent": 35}),
        (Facts(dealings=[(date(2021, 1, 1), 100), (date(2025, 12, 31), -60)]), {}),
        (Facts(dealings=[(NOW, 100)]), {}),
        (Facts([a_complaint("2026-03-16")]), {"open_complaint": 10}),
        (Facts([a_complaint("2026-03-15")]), {"open_complaint": 10, "overdue_complaint": 20}),
        (Facts([a_complaint("2025-10-03", "2025-10-13")] * 2), {"complaints_2_in_180_days": 15}),
        (Facts([a_complaint("2025-10-03", "2025-10-13")] * 4), {"complaints_3_in_180_days": 25}),
        (Facts([a_complaint("2025-10-02", "2025-10-12")] * 4), {}),
    ],
)
def test_each_risk_reason_has_its_points_and_its_bound(facts: Facts, expected: dict[str, int]) -> None:
    assert risk.points(facts, NOW) == expected


@pytest.mark.parametrize(
    ("reasons", "level"),
    [
        ({"a": 29}, "LOW"),
        ({"a": 30}, "MEDIUM"),
        ({"a": 59}, "MEDIUM"),
        ({"a": 60}, "HIGH"),
        ({"overdue_complaint": 20}, "HIGH"),
    ],
)
def test_levels_begin_at_30_and_60_and_an_overdue_complaint_is_high(reasons: dict[str, int], level: str) -> None:
    assert risk.level_of_day(reasons) == level


@pytest.mark.parametrize(("informed", "level"), [("2026-03-17", "LOW"), ("2026-03-18", "HIGH"), ("2026-04-01", "HIGH")])
def test_a_flag_stays_until_14_days_below_30_have_passed(informed: str, level: str) -> None:
    # Informed on March 17, the days from March 18 to 31 are the 14 whole days below 30.
    facts = Facts([a_complaint("2026-03-01", informed)])

    assert risk.assess(facts, NOW).level == level
