"""Workdays: weekends, holidays and make-up days of the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.workdays import Workdays, days_before

CALENDAR = Workdays.of(
    {
        "weekdays": [1, 2, 3, 4, 5],
        "days_off": [["2026-02-15", "2026-02-23"]],
        "make_up_days": ["2026-02-14", "2026-02-28"],
    }
)


@pytest.mark.parametrize(
    ("today", "workdays", "last"),
    [
        ("2026-03-11", 2, "2026-03-08"),  # Wednesday: Monday and Tuesday lie between.
        ("2026-03-09", 2, "2026-03-04"),  # Monday: Thursday and Friday do.
        ("2026-03-02", 1, "2026-02-27"),  # Monday after a Saturday that was worked.
        ("2026-02-25", 1, "2026-02-23"),  # The first workday after the Spring Festival is over.
        ("2026-02-24", 1, "2026-02-13"),  # In the festival only the Saturday before it was worked.
        ("2026-03-11", 0, "2026-03-10"),
        ("2027-01-04", 1, "2026-12-31"),  # Beyond the calendar weekdays count.
    ],
)
def test_so_many_workdays_lie_between(today: str, workdays: int, last: str) -> None:
    assert days_before(CALENDAR, date.fromisoformat(today), workdays) == date.fromisoformat(last)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 15))
def test_counting_forward_gives_the_same(today: date, workdays: int) -> None:
    last = days_before(CALENDAR, today, workdays)

    def between(day: date) -> int:
        return sum(CALENDAR.is_workday(day + timedelta(days=n)) for n in range(1, (today - day).days))

    assert between(last) == workdays
    assert between(last + timedelta(days=1)) < workdays or workdays == 0
