"""Rates and periods."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.statistics.rules import By, NamedTwice, PeriodEmpty, in_time_bp, rate_bp, require_period, values_of


@pytest.mark.parametrize(
    ("part", "whole", "rate"), [(0, 0, None), (0, 3, 0), (1, 3, 3333), (2, 3, 6667), (1, 20_000, 1), (3, 3, 10_000)]
)
def test_rates_round_halves_up(part: int, whole: int, rate: int | None) -> None:
    assert rate_bp(part, whole) == rate


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_rate_is_never_further_off_than_half_a_hundredth(part: int, whole: int) -> None:
    rate = rate_bp(part, whole)
    assert rate is not None
    assert -Fraction(1, 2) < rate - Fraction(part * 10_000, whole) <= Fraction(1, 2)


def test_a_period_of_one_day_is_one() -> None:
    day = date(2026, 2, 28)
    require_period(day, day)
    with pytest.raises(PeriodEmpty) as refusal:
        require_period(date(2026, 3, 1), day)
    assert refusal.value.pointer == "/query/received_to"


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_a_case_left_open_past_its_day_never_makes_the_rate_better(in_time: int, late: int, overdue: int) -> None:
    rate = in_time_bp(in_time=in_time, informed=in_time + late, overdue=overdue)
    once_informed = in_time_bp(in_time=in_time, informed=in_time + late + overdue, overdue=0)

    assert rate == once_informed


def test_a_value_and_none_exclude_each_other() -> None:
    assert values_of({By.LEVEL: "major", By.SOURCE: None}, [By.CHANNEL_ID]) == {By.LEVEL: "major", By.CHANNEL_ID: None}
    with pytest.raises(NamedTwice):
        values_of({By.LEVEL: "major"}, [By.LEVEL])
