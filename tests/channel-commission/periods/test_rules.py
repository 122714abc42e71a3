"""Months: which one an entry stands in, and which one may be closed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_commission.periods.rules import (
    EarlierPeriodOpen,
    PeriodAlreadyClosed,
    PeriodNotOver,
    booked_period,
    next_period,
    period_of,
    previous_period,
    require_closable,
)

TODAY = date(2026, 3, 2)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(days)
def test_every_day_is_in_exactly_one_month_and_months_follow_each_other(day: date) -> None:
    month = period_of(day)
    first = day.replace(day=1)

    assert previous_period(next_period(month)) == month == next_period(previous_period(month))
    assert period_of(first - timedelta(days=1)) == previous_period(month) < month < next_period(month)


@given(days, st.none() | days)
def test_an_entry_stands_in_its_month_or_in_the_first_open_one(day: date, closed: date | None) -> None:
    earned, through = period_of(day), period_of(closed) if closed else None
    booked = booked_period(earned, through)

    assert booked >= earned
    assert through is None or booked > through
    assert booked == earned or booked == next_period(str(through))


def closable(period: str, closed_through: str | None, earliest_open: str | None) -> None:
    require_closable(period, today=TODAY, closed_through=closed_through, earliest_open=earliest_open)


def test_months_are_closed_one_after_the_other() -> None:
    closable("2025-12", None, None)
    closable("2025-12", None, "2025-12")
    closable("2025-12", None, "2026-01")
    closable("2026-01", "2025-12", "2026-02")
    closable("2026-02", "2026-01", None)


@pytest.mark.parametrize(
    ("period", "closed_through", "earliest_open", "error"),
    [
        ("2025-12", "2025-12", None, PeriodAlreadyClosed),
        ("2025-11", "2025-12", None, PeriodAlreadyClosed),
        ("2026-03", "2026-02", None, PeriodNotOver),
        ("2026-04", "2026-02", None, PeriodNotOver),
        ("2026-02", "2025-12", "2026-02", EarlierPeriodOpen),
        ("2026-01", None, "2025-12", EarlierPeriodOpen),
    ],
)
def test_a_month_out_of_turn_is_refused(
    period: str, closed_through: str | None, earliest_open: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        closable(period, closed_through, earliest_open)
