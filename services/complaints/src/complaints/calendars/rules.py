"""Working time (工作时间): which hours of which days count, and when so many minutes of them are over.

The calendar is data with a source and an end: the State Council announces holidays (节假日) and make-up workdays
(调休上班日) year by year. What lies outside is not guessed: functions answer None.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from shared.clock import SHANGHAI, business_date, start_of_day
from shared.workdays import Workdays

CALENDAR = "calendar.working_time"
_DAY = timedelta(days=1)

#: From an instant (UTC) up to another.
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which hours count (Asia/Shanghai).

    Attributes:
        version: Version of the policy row.
        source: Where it comes from.
        first, last: The days it speaks of.
        windows: Hours of a workday; several, with the lunch break between.
        workdays: The days on which they count.
    """

    version: str
    source: str
    first: date
    last: date
    windows: tuple[tuple[time, time], ...]
    workdays: Workdays

    @classmethod
    def of(cls, value: Mapping[str, Any], *, version: str, source: str) -> "WorkCalendar":
        """Return the calendar that a policy row's value describes.

        Raises:
            KeyError, TypeError, ValueError: the row is no calendar.
        """
        return cls(
            version=version,
            source=source,
            first=date.fromisoformat(value["first"]),
            last=date.fromisoformat(value["last"]),
            windows=tuple(
                (time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in value["windows"]
            ),
            workdays=Workdays.of(value),
        )

    def is_workday(self, day: date) -> bool:
        """Return whether a day within the calendar is a workday."""
        return self.workdays.is_workday(day)

    def hours(self, day: date) -> list[Span]:
        """Return the hours that count on a day within the calendar."""
        if not self.is_workday(day):
            return []
        return [
            tuple(datetime.combine(day, at, SHANGHAI).astimezone(UTC) for at in window)  # type: ignore[misc]  # two each
            for window in self.windows
        ]


def due_at(calendar: WorkCalendar, since: datetime, minutes: int, breaks: Sequence[Span] = ()) -> datetime | None:
    """Return the instant at which `minutes` of working time since `since` are over; it never lies off hours.

    Args:
        calendar: Which hours count.
        since: The first instant that counts.
        minutes: How many minutes there are.
        breaks: Spans that do not count; they may meet or overlap.

    Returns:
        None if the calendar does not reach that far.
    """
    left = timedelta(minutes=minutes)
    for begins, ends in _working(calendar, since, None, breaks):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    return None


def worked(calendar: WorkCalendar, since: datetime, until: datetime, breaks: Sequence[Span] = ()) -> timedelta | None:
    """Return the working time between two instants without the breaks; None if the calendar does not cover it."""
    if not calendar.first <= business_date(since) or business_date(until) > calendar.last:
        return None
    return sum((ends - begins for begins, ends in _working(calendar, since, until, breaks)), timedelta())


def _working(calendar: WorkCalendar, since: datetime, until: datetime | None, breaks: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans that count, in order, as far as the calendar reaches."""
    day = business_date(since)
    last = calendar.last if until is None else min(business_date(until), calendar.last)
    if day < calendar.first:
        return
    end = start_of_day(last + _DAY) if until is None else until
    while day <= last:
        for begins, ends in calendar.hours(day):
            yield from _without((max(begins, since), min(ends, end)), breaks)
        day += _DAY


def _without(span: Span, breaks: Sequence[Span]) -> Iterator[Span]:
    begins, ends = span
    for stops, goes_on in sorted(breaks):
        if begins < goes_on and stops < ends:
            if begins < stops:
                yield begins, stops
            begins = min(goes_on, ends)
    if begins < ends:
        yield begins, ends
