from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_profile.clients.rules import ServiceClass
from client_profile.service_class import rules
from client_profile.service_class.rules import ClassRule, Standing

A, B, C = ServiceClass
RULE = ClassRule(
    a_from_fen=10_000_000_00, b_from_fen=3_000_000_00, review_months=1, reviews_needed=2, override_most_days=366
)
FIRST = date(2025, 1, 1)
MILLION = 1_000_000_00

Flows = list[tuple[date, int]]


def day_by_day(flows: Flows, today: date, months: int, needed: int) -> str:
    """Live through every single day with nothing but a balance, a class and a tally: the rule read aloud."""
    balance, held, tally = 0, "C", 0

    def worth(fen: int) -> str:
        return "A" if fen >= 10_000_000_00 else "B" if fen >= 3_000_000_00 else "C"

    day = min((on for on, _ in flows), default=today)
    while day <= today:
        if day.day == 1 and (day.month - 1) % months == 0:
            tally = tally + 1 if worth(balance) > held else 0
            if tally >= needed:
                held, tally = worth(balance), 0
        balance += sum(amount for on, amount in flows if on == day)
        if worth(balance) < held:
            held, tally = worth(balance), 0
        day += timedelta(days=1)
    return held


@st.composite
def histories(draw: st.DrawFn) -> Flows:
    """Draw dealings that never take more than is held."""
    days = sorted(draw(st.lists(st.integers(0, 500), max_size=8)))
    balance, flows = 0, []
    for day in days:
        amount = draw(st.integers(-balance, 6 * MILLION)) if balance else draw(st.integers(1, 12 * MILLION))
        balance += amount
        flows.append((FIRST + timedelta(days=day), amount))
    return flows


@pytest.mark.parametrize(
    ("aum_fen", "expected"),
    [(0, C), (3 * MILLION - 1, C), (3 * MILLION, B), (10 * MILLION - 1, B), (10 * MILLION, A), (99 * MILLION, A)],
)
def test_a_bound_belongs_to_the_higher_class(aum_fen: int, expected: ServiceClass) -> None:
    assert rules.deserved(aum_fen, RULE) is expected


def test_a_client_without_dealings_is_of_class_c() -> None:
    assert rules.standing_on([], date(2026, 3, 2), RULE) == Standing(C, 0, 0, date(2026, 3, 2))


@pytest.mark.parametrize(
    ("today", "expected", "missed"),
    [
        (date(2026, 1, 10), A, 0),
        (date(2026, 1, 20), A, 0),
        (date(2026, 1, 31), A, 0),
        (date(2026, 2, 1), A, 1),
        (date(2026, 2, 28), A, 1),
        (date(2026, 3, 1), B, 0),
    ],
)
def test_the_class_rises_at_once_and_falls_at_the_second_review(
    today: date, expected: ServiceClass, missed: int
) -> None:
    flows = [(date(2026, 1, 10), 12 * MILLION), (date(2026, 1, 20), -8 * MILLION)]

    standing = rules.standing_on(flows, today, RULE)

    assert (standing.service_class, standing.reviews_missed) == (expected, missed)


def test_assets_that_come_back_between_two_reviews_stop_the_fall() -> None:
    flows = [(date(2026, 1, 10), 12 * MILLION), (date(2026, 1, 20), -8 * MILLION), (date(2026, 2, 10), 7 * MILLION)]
    assert rules.standing_on(flows, date(2026, 3, 1), RULE) == Standing(A, 11 * MILLION, 0, date(2026, 3, 1))


def test_assets_that_come_and_go_again_between_two_reviews_stop_nothing() -> None:
    flows = [
        (date(2026, 1, 10), 12 * MILLION),
        (date(2026, 1, 20), -8 * MILLION),
        (date(2026, 2, 10), 7 * MILLION),
        (date(2026, 2, 20), -7 * MILLION),
    ]
    assert rules.standing_on(flows, date(2026, 3, 1), RULE).service_class is B


def test_a_fall_goes_to_what_is_deserved_at_the_second_review_not_at_the_first() -> None:
    flows = [(date(2026, 1, 10), 12 * MILLION), (date(2026, 1, 20), -8 * MILLION), (date(2026, 2, 10), -4 * MILLION)]
    assert rules.standing_on(flows, date(2026, 3, 1), RULE).service_class is C


def test_dealings_of_one_day_count_together() -> None:
    flows = [(date(2026, 1, 10), 12 * MILLION), (date(2026, 1, 10), -11 * MILLION)]
    assert rules.standing_on(flows, date(2026, 1, 10), RULE).service_class is C


@settings(max_examples=150)
@given(flows=histories(), after=st.integers(0, 120), months=st.sampled_from([1, 3, 6]), needed=st.integers(1, 3))
def test_the_rule_says_what_living_through_every_day_says(flows: Flows, after: int, months: int, needed: int) -> None:
    today = max((on for on, _ in flows), default=FIRST) + timedelta(days=after)
    rule = ClassRule(10_000_000_00, 3_000_000_00, months, needed, 366)

    assert rules.standing_on(flows, today, rule).service_class == day_by_day(flows, today, months, needed)


@given(flows=histories(), first=st.integers(0, 90), second=st.integers(0, 90))
def test_bringing_a_standing_forward_is_idempotent_and_goes_in_any_steps(flows: Flows, first: int, second: int) -> None:
    today = max((on for on, _ in flows), default=FIRST)
    between, end = today + timedelta(days=first), today + timedelta(days=first + second)
    standing = rules.standing_on(flows, today, RULE)

    in_one = rules.advanced(standing, end, RULE)

    assert rules.advanced(rules.advanced(standing, between, RULE), end, RULE) == in_one
    assert rules.advanced(in_one, end, RULE) == in_one
    assert rules.standing_on(flows, end, RULE) == in_one


@pytest.mark.parametrize(
    ("after", "months", "expected"),
    [
        (date(2026, 3, 1), 1, date(2026, 4, 1)),
        (date(2026, 3, 31), 1, date(2026, 4, 1)),
        (date(2026, 12, 5), 1, date(2027, 1, 1)),
        (date(2026, 3, 31), 3, date(2026, 4, 1)),
        (date(2026, 4, 1), 3, date(2026, 7, 1)),
        (date(2026, 8, 9), 12, date(2027, 1, 1)),
    ],
)
def test_the_next_review_is_the_first_of_the_next_period(after: date, months: int, expected: date) -> None:
    assert rules.next_review(after, months) == expected
    assert rules.reviews_between(after, expected, months) == 1
    assert rules.reviews_between(after, expected - timedelta(days=1), months) == 0


def test_reviews_of_any_two_days_add_up() -> None:
    random = Random(20260302)
    for _ in range(500):
        first, second, third = sorted(FIRST + timedelta(days=random.randrange(1500)) for _ in range(3))
        months = random.choice([1, 2, 3, 4, 6, 12])
        assert rules.reviews_between(first, third, months) == rules.reviews_between(
            first, second, months
        ) + rules.reviews_between(second, third, months)


def test_an_override_holds_today_at_least_and_a_year_at_the_most() -> None:
    today = date(2026, 3, 2)
    for last in (today, date(2027, 3, 3)):
        rules.require_expiry(last, today, 366)
    for last in (date(2026, 3, 1), date(2027, 3, 4), date.max):
        with pytest.raises(rules.OverrideExpiryInvalid):
            rules.require_expiry(last, today, 366)
