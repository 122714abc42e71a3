"""Which alarm a quota has reached: exact to the fen."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.plans.rules import QuotaPeriodEmpty, alarm_percent, require_days


@pytest.mark.parametrize(
    ("sold", "percent"), [(0, 0), (79_99, 0), (80_00, 80), (99_99, 80), (100_00, 100), (1_000_00, 100)]
)
def test_the_alarm_is_exact_one_fen_under_and_at_each_bound(sold: int, percent: int) -> None:
    assert alarm_percent(sold, 100_00, [80, 100]) == percent


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.sets(st.integers(1, 200), max_size=5))
def test_the_highest_share_reached_is_told(sold: int, quota: int, thresholds: set[int]) -> None:
    share = Fraction(sold * 100, quota)
    assert alarm_percent(sold, quota, sorted(thresholds)) == max([one for one in thresholds if one <= share], default=0)


@pytest.mark.parametrize("until", [date(2026, 1, 1), date(2025, 12, 31)])
def test_a_quota_has_days(until: date) -> None:
    with pytest.raises(QuotaPeriodEmpty):
        require_days(date(2026, 1, 1), until)
