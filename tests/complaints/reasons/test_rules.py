"""The at-risk rule on one day: points for dated facts, their sum, the bounds and the hard rules."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from complaints.cases.rules import Level, Reason, RootCause
from complaints.reasons.rules import ENDS_WHEN, RiskLevel, RiskPolicy, RiskReason, on_day
from complaints.signals.rules import ComplaintFact, Facts, HeldTrouble, Trouble, has_risen

TODAY = date(2026, 3, 31)
LOW, MEDIUM, HIGH = RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def complaint(days: int, **fields: Any) -> ComplaintFact:
    """A complaint received so many days ago, open and not yet due unless said otherwise."""
    given = {
        "id": UUID(int=days + 100),
        "level": Level.ORDINARY,
        "reason": Reason.OTHER,
        "received_on": ago(days),
        "due_on": ago(days) + timedelta(days=15),
    }
    return ComplaintFact(**(given | fields))


def over(days: int, ended: int, **fields: Any) -> ComplaintFact:
    return complaint(days, ended_on=ago(ended), **fields)


def points(facts: Facts, policy: RiskPolicy, day: date = TODAY) -> dict[str, int]:
    return {held.reason.value: held.points for held in on_day(facts, policy, day).reasons}


COMPLAINTS = [
    ([complaint(3)], {"ordinary_complaint_open": 10}),
    ([complaint(15)], {"ordinary_complaint_open": 10}),
    ([complaint(16)], {"ordinary_complaint_open": 10, "complaint_overdue": 20}),
    ([complaint(3, level=Level.COMPLICATED)], {"complicated_complaint_open": 20}),
    ([complaint(3, level=Level.MAJOR)], {"major_complaint_open": 40}),
    (
        [complaint(3, level=Level.MAJOR), complaint(4)],
        {"major_complaint_open": 40, "several_complaints": 15},
    ),
    ([over(30, 20)], {}),
    ([over(30, 0)], {}),
    ([over(179, 170), over(178, 160)], {"several_complaints": 15}),
    ([over(180, 170), over(179, 160)], {}),
    ([over(100, 90), over(110, 90), over(120, 90)], {"many_complaints": 25}),
    ([over(100, 90), over(101, 90, is_withdrawn=True)], {}),
    ([complaint(3), over(5, 4, is_withdrawn=True)], {"ordinary_complaint_open": 10}),
    ([over(20, 10, is_withdrawn=True)], {}),
    ([complaint(-1)], {}),
]


@pytest.mark.parametrize(("complaints", "expected"), COMPLAINTS)
def test_complaints_count(complaints: list[ComplaintFact], expected: dict[str, int], policy: RiskPolicy) -> None:
    assert points(Facts(complaints=tuple(complaints)), policy) == expected


@pytest.mark.parametrize(
    ("one", "other", "is_repeat"),
    [
        ({"reason": Reason.PRICING}, {"reason": Reason.PRICING}, True),
        ({"reason": Reason.PRICING}, {"reason": Reason.MARKETING}, False),
        ({"reason": Reason.OTHER}, {"reason": Reason.OTHER}, False),
        ({"root_cause": RootCause.SYSTEM}, {"root_cause": RootCause.SYSTEM}, True),
        (
            {"reason": Reason.PRICING, "root_cause": RootCause.SYSTEM},
            {"reason": Reason.PRICING, "root_cause": RootCause.STAFF},
            False,
        ),
        ({"reason": Reason.PRICING, "root_cause": RootCause.SYSTEM}, {"reason": Reason.PRICING}, True),
    ],
)
def test_a_cause_repeats_when_root_causes_agree_or_reasons_before_they_are_found(
    one: dict[str, Any], other: dict[str, Any], is_repeat: bool, policy: RiskPolicy
) -> None:
    found = {"cause_found_on": ago(10)}
    first, second = (fields | (found if "root_cause" in fields else {}) for fields in (one, other))
    facts = Facts(complaints=(over(60, 50, **first), over(20, 10, **second)))

    assert ("cause_repeated" in points(facts, policy)) == is_repeat


@pytest.mark.parametrize(("first", "is_repeat"), [(89, True), (90, False)])
def test_a_cause_repeats_within_90_days(first: int, is_repeat: bool, policy: RiskPolicy) -> None:
    facts = Facts(complaints=(over(first, 50, reason=Reason.PRICING), over(20, 10, reason=Reason.PRICING)))

    assert ("cause_repeated" in points(facts, policy)) == is_repeat


@pytest.mark.parametrize(
    ("service_class", "silent", "expected"),
    [
        ("A", 30, {}),
        ("A", 31, {"contact_overdue": 10}),
        ("A", 60, {"contact_overdue": 10}),
        ("A", 61, {"contact_long_overdue": 20}),
        ("B", 90, {}),
        ("B", 181, {"contact_long_overdue": 20}),
        ("C", 180, {}),
        ("C", 360, {"contact_overdue": 10}),
        ("C", 361, {"contact_long_overdue": 20}),
        (None, 361, {"contact_long_overdue": 20}),
    ],
)
def test_silence_is_measured_by_the_rhythm_of_the_service_class(
    service_class: str | None, silent: int, expected: dict[str, int], policy: RiskPolicy
) -> None:
    reached = Facts(service_class=service_class, reached_on=(ago(silent + 9), ago(silent)), client_since=ago(9999))
    never = Facts(service_class=service_class, client_since=ago(silent))

    assert points(reached, policy) == expected
    assert points(never, policy) == expected


def test_a_client_of_whom_nothing_is_known_is_not_silent(policy: RiskPolicy) -> None:
    assert points(Facts(), policy) == {}
    assert on_day(Facts(), policy, TODAY).level is LOW


MILLION = 1_000_000_00


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ([(200, 10), (10, -3)], {"outflow": 20}),
        ([(200, 100), (10, -29)], {}),
        ([(200, 100), (10, -59)], {"outflow": 20}),
        ([(200, 10), (10, -6)], {"large_outflow": 35}),
        ([(200, 10), (90, -6)], {}),  # on the 90th day back it is no longer within
        ([(200, 10), (89, -6)], {"large_outflow": 35}),
        ([(90, 10), (10, -10)], {"large_outflow": 35}),
        ([(89, 10), (10, -10)], {}),  # nothing was there to flow out of
        ([(200, 10), (20, 4), (10, -6)], {}),  # net of what came in
        ([(200, 10), (150, -10), (10, -1)], {}),
        ([(200, 10), (-1, -10)], {}),
    ],
)
def test_outflow_is_net_within_90_days_of_what_was_there_before(
    flows: list[tuple[int, int]], expected: dict[str, int], policy: RiskPolicy
) -> None:
    facts = Facts(flows=tuple((ago(days), millions * MILLION) for days, millions in flows), reached_on=(TODAY,))

    assert points(facts, policy) == expected


@pytest.mark.parametrize(("opening", "outflow", "is_flagged"), [(1000, 300, True), (1000, 299, False), (7, 2, False)])
def test_thirty_percent_is_meant_to_the_fen(opening: int, outflow: int, is_flagged: bool, policy: RiskPolicy) -> None:
    facts = Facts(flows=((ago(200), opening), (ago(5), -outflow)), reached_on=(TODAY,))

    assert ("outflow" in points(facts, policy)) == is_flagged


@pytest.mark.parametrize(("days", "expected"), [(0, {"manager_changed": 5}), (29, {"manager_changed": 5}), (30, {})])
def test_a_new_manager_counts_for_30_days(days: int, expected: dict[str, int], policy: RiskPolicy) -> None:
    assert points(Facts(manager_changed_on=(ago(days),)), policy) == expected


@pytest.mark.parametrize(
    ("facts", "score", "level"),
    [
        (Facts(complaints=(complaint(3, level=Level.COMPLICATED),), manager_changed_on=(ago(3),)), 25, LOW),
        (Facts(complaints=(complaint(3, level=Level.COMPLICATED), over(90, 80))), 35, MEDIUM),
        (Facts(complaints=(complaint(3),), service_class="A", reached_on=(ago(99),)), 30, MEDIUM),
        (
            Facts(
                complaints=(complaint(3, level=Level.COMPLICATED), over(90, 80)),
                flows=((ago(200), 10), (ago(5), -3)),
                manager_changed_on=(ago(2),),
                reached_on=(TODAY,),
            ),
            60,
            HIGH,
        ),
        (Facts(complaints=(complaint(3, level=Level.MAJOR),)), 40, HIGH),
        (Facts(complaints=(complaint(16),)), 30, HIGH),
    ],
)
def test_the_level_follows_from_the_sum_and_the_hard_rules(
    facts: Facts, score: int, level: RiskLevel, policy: RiskPolicy
) -> None:
    day = on_day(facts, policy, TODAY)

    assert (day.score, day.level) == (score, level)


def test_reasons_stand_in_the_order_of_their_points(policy: RiskPolicy) -> None:
    facts = Facts(complaints=(complaint(16), over(90, 80)), manager_changed_on=(TODAY,))

    assert [held.reason for held in on_day(facts, policy, TODAY).reasons] == [
        RiskReason.COMPLAINT_OVERDUE,
        RiskReason.SEVERAL_COMPLAINTS,
        RiskReason.ORDINARY_COMPLAINT_OPEN,
        RiskReason.MANAGER_CHANGED,
    ]


def test_every_reason_has_a_name_points_and_an_end(policy: RiskPolicy) -> None:
    assert set(policy.points) == set(ENDS_WHEN) == set(RiskReason)
    assert policy.hard_high == {RiskReason.MAJOR_COMPLAINT_OPEN, RiskReason.COMPLAINT_OVERDUE}
    assert all(reason.zh for reason in RiskReason)


@pytest.mark.parametrize(
    ("trouble", "since", "until", "expected"),
    [
        (Trouble.PAYMENT_DELAYED, 900, None, {"product_payment_delayed": 40}),
        (Trouble.PAYMENT_DELAYED, 900, 0, {}),
        (Trouble.PAYMENT_DELAYED, 900, -1, {"product_payment_delayed": 40}),
        (Trouble.PAYMENT_DELAYED, -1, None, {}),
        (Trouble.EXTENDED, 179, None, {"product_extended": 25}),
        (Trouble.EXTENDED, 180, None, {}),
        (Trouble.GRADE_ROSE, 0, None, {"product_grade_rose": 15}),
        (Trouble.GRADE_ROSE, 100, 20, {}),
    ],
)
def test_trouble_of_a_plan_counts_while_it_is_held(
    trouble: Trouble, since: int, until: int | None, expected: dict[str, int], policy: RiskPolicy
) -> None:
    held = HeldTrouble(UUID(int=1), trouble, ago(since), None if until is None else ago(until))

    assert points(Facts(troubles=(held, held)), policy) == expected


def test_only_a_higher_grade_is_trouble() -> None:
    assert [has_risen(*grades) for grades in (("R2", "R3"), ("R3", "R3"), ("R4", "R2"))] == [True, False, False]
