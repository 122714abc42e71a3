"""Working time: lunch breaks, weekends, holidays, make-up workdays, and an end that is said, not guessed."""

import importlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.calendars.rules import Span, WorkCalendar, due_at, worked

_VALUE = importlib.import_module("complaints.migrations.0008_internal_clocks")._CALENDAR
CALENDAR = WorkCalendar.of(_VALUE, version="calendar.working_time@2020-01-01", source="国务院办公厅")


def at(text: str) -> datetime:
    """Return an instant written in Shanghai's time: `2026-03-02 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "minutes", "due"),
    [
        ("2026-03-02 09:00", 60, "2026-03-02 10:00"),
        ("2026-03-02 11:30", 60, "2026-03-02 14:00"),  # over lunch
        ("2026-03-02 11:30", 30, "2026-03-02 12:00"),  # until lunch, not after it
        ("2026-03-02 12:10", 10, "2026-03-02 13:40"),
        ("2026-03-02 07:00", 0, "2026-03-02 09:00"),
        ("2026-03-06 17:00", 60, "2026-03-09 09:30"),  # over a weekend
        ("2026-02-13 17:00", 60, "2026-02-14 09:30"),  # a Saturday worked before the holiday
        ("2026-02-14 17:00", 60, "2026-02-24 09:30"),  # over the Spring Festival
        ("2025-12-31 17:00", 60, "2026-01-04 09:30"),  # across new year, onto a Sunday worked
        ("2026-03-02 09:00", 420, "2026-03-02 17:30"),
        ("2026-03-02 09:00", 421, "2026-03-03 09:01"),
    ],
)
def test_minutes_are_counted_in_working_time(since: str, minutes: int, due: str) -> None:
    assert due_at(CALENDAR, at(since), minutes) == at(due)


@pytest.mark.parametrize(
    ("since", "minutes"), [("2026-12-31 17:00", 31), ("2027-01-04 09:00", 1), ("2024-12-31 09:00", 1)]
)
def test_what_lies_beyond_the_calendar_is_not_guessed(since: str, minutes: int) -> None:
    assert due_at(CALENDAR, at(since), minutes) is None


def test_the_last_minute_of_the_calendar_is_known() -> None:
    assert due_at(CALENDAR, at("2026-12-31 17:00"), 30) == at("2026-12-31 17:30")
    assert worked(CALENDAR, at("2026-12-31 09:00"), at("2027-01-01 09:00")) is None


def test_a_day_off_that_is_no_weekend_and_a_weekend_that_is_worked() -> None:
    assert not CALENDAR.is_workday(date(2026, 2, 16))
    assert CALENDAR.is_workday(date(2026, 2, 28))
    assert not CALENDAR.is_workday(date(2026, 3, 1))


def test_a_pause_is_a_break_of_the_calendar() -> None:
    pause = (at("2026-03-02 10:00"), at("2026-03-02 15:00"))  # 3.5 working hours

    assert due_at(CALENDAR, at("2026-03-02 09:00"), 120, [pause]) == at("2026-03-02 16:00")


instants = st.integers(0, 120 * 1440).map(lambda minutes: at("2026-02-01 00:00") + timedelta(minutes=minutes))
targets = st.integers(0, 3000)


@st.composite
def breaks(draw: st.DrawFn) -> list[Span]:
    begins = draw(st.lists(instants, max_size=3))
    return [(one, one + timedelta(minutes=draw(st.integers(0, 6000)))) for one in begins]


@given(instants, targets, breaks())
def test_a_due_instant_is_never_off_hours_and_the_target_is_what_was_worked(
    since: datetime, minutes: int, pauses: list[Span]
) -> None:
    due = due_at(CALENDAR, since, minutes, pauses)

    assert due is not None
    hours = CALENDAR.hours(due.astimezone(ZoneInfo("Asia/Shanghai")).date())
    assert any(opens <= due <= closes for opens, closes in hours)
    assert worked(CALENDAR, since, due, pauses) == timedelta(minutes=minutes)


@given(instants, targets, st.integers(0, 500), breaks())
def test_more_minutes_or_a_break_never_mean_an_earlier_instant(
    since: datetime, minutes: int, more: int, pauses: list[Span]
) -> None:
    due = due_at(CALENDAR, since, minutes, pauses)

    assert due is not None
    assert due <= (due_at(CALENDAR, since, minutes + more, pauses) or due)
    assert due >= (due_at(CALENDAR, since, minutes) or due)


@given(instants, targets, breaks(), instants)
def test_a_break_of_no_length_changes_nothing_and_one_told_twice_is_one(
    since: datetime, minutes: int, pauses: list[Span], moment: datetime
) -> None:
    due = due_at(CALENDAR, since, minutes, pauses)

    assert due_at(CALENDAR, since, minutes, [*pauses, (moment, moment)]) == due
    assert due_at(CALENDAR, since, minutes, [*pauses, *pauses]) == due


@given(st.lists(instants, min_size=3, max_size=3), breaks())
def test_the_whole_is_the_sum_of_its_parts(moments: list[datetime], pauses: list[Span]) -> None:
    first, middle, last = sorted(moments)
    parts = [worked(CALENDAR, first, middle, pauses), worked(CALENDAR, middle, last, pauses)]

    assert worked(CALENDAR, first, last, pauses) == sum((one or timedelta() for one in parts), timedelta())


@given(instants, st.integers(0, 2000))
def test_working_time_agrees_with_counting_minute_by_minute(since: datetime, minutes: int) -> None:
    since = since.replace(second=0, microsecond=0)
    moments = [since + timedelta(minutes=number) for number in range(minutes)]

    counted = sum(_is_open(moment.astimezone(ZoneInfo("Asia/Shanghai"))) for moment in moments)

    assert worked(CALENDAR, since, since + timedelta(minutes=minutes)) == timedelta(minutes=counted)


def _is_open(moment: datetime) -> bool:
    """Say from the announcement by hand whether a minute between February and May 2026 is worked."""
    day = f"{moment:%m-%d}"
    is_off = "02-15" <= day <= "02-23" or "04-04" <= day <= "04-06" or "05-01" <= day <= "05-05"
    is_worked = day in ("02-14", "02-28", "05-09") or (moment.weekday() < 5 and not is_off)
    clock = f"{moment:%H:%M}"
    return is_worked and ("09:00" <= clock < "12:00" or "13:30" <= clock < "17:30")
