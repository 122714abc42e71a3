"""Trailing fees against a count of single days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.balances.rules import (
    Basis,
    DayCount,
    Days,
    Trailing,
    earned,
    effective_rate,
    stretches,
    trailing,
)

TERMS = Trailing(Decimal("0.0050"), Basis.HELD_AMOUNT, DayCount.ACTUAL_365)
YEAR = {
    DayCount.ACTUAL_365: lambda _: 365,
    DayCount.ACTUAL_360: lambda _: 360,
    DayCount.ACTUAL_ACTUAL: lambda day: (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days,
}
days = st.dates(date(2023, 6, 1), date(2025, 6, 1))


@st.composite
def holdings(draw: st.DrawFn) -> list[tuple[date, int]]:
    on = sorted(draw(st.lists(days, min_size=1, max_size=5)))
    return [(day, draw(st.integers(0, 10**12))) for day in on]


@st.composite
def spans(draw: st.DrawFn) -> list[Days]:
    bounds = sorted(draw(st.sets(days, max_size=6)))
    pairs: list[Days] = list(zip(bounds[::2], bounds[1::2], strict=False))
    return pairs + ([(date(2025, 7, 1), None)] if draw(st.booleans()) else [])


def day_by_day(steps: list[tuple[date, int]], counted: list[Days], until: date, terms: Trailing) -> Fraction:
    total, day = Fraction(0), steps[0][0]
    while day < until:
        balance = [fen for start, fen in steps if start <= day][-1]
        if any(start <= day and (end is None or day < end) for start, end in counted):
            total += Fraction(balance, YEAR[terms.day_count](day))
        day += timedelta(days=1)
    return total * Fraction(terms.rate)


@given(holdings(), spans(), days, st.sampled_from(list(DayCount)))
def test_a_trailing_fee_is_the_sum_of_its_days(
    steps: list[tuple[date, int]], counted: list[Days], until: date, day_count: DayCount
) -> None:
    terms = replace(TERMS, day_count=day_count)
    found = stretches(steps, counted=counted, until=until, day_count=day_count)

    assert earned(terms, found) == day_by_day(steps, counted, until, terms)


@given(holdings(), days, days)
def test_the_fee_of_two_spans_is_that_of_the_whole_before_rounding(
    steps: list[tuple[date, int]], one: date, other: date
) -> None:
    middle, end = sorted((one, other))

    def fee(start: date, until: date) -> Fraction:
        found = stretches(steps, counted=[(start, until)], until=until, day_count=TERMS.day_count)
        return earned(TERMS, found)

    first = steps[0][0]
    if first < middle < end:
        assert fee(first, middle) + fee(middle, end) == fee(first, end)


def test_the_day_of_subscription_counts_and_that_of_redemption_does_not() -> None:
    steps = [(date(2026, 1, 1), 100), (date(2026, 1, 11), 0)]
    (found,) = stretches(
        steps, counted=[(date(2020, 1, 1), None)], until=date(2026, 2, 1), day_count=DayCount.ACTUAL_365
    )

    assert (found.days, found.fen) == (10, 100)


@pytest.mark.parametrize(("share", "rate"), [("0.30", "0.003"), ("0.50", "0.0050"), ("0.60", "0.0050")])
def test_a_trailing_fee_is_no_more_than_its_share_of_the_management_fee(share: str, rate: str) -> None:
    terms = replace(TERMS, management_rate=Decimal("0.01"), management_share=Decimal(share))

    assert effective_rate(terms) == Decimal(rate)
    assert trailing(terms.as_json()) == terms
