"""Time: instants are UTC, business and legal dates are Asia/Shanghai, and "now" is always an argument."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

#: A clock is a function without arguments that returns the present instant in UTC.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def shifted_clock(file: Path) -> Clock:
    """Return a clock that runs beside the system's by the whole seconds written in `file` (0 while it is missing).

    For demonstrations and journeys only: every process of a local stack reads the same file, so that a legal deadline
    passes in seconds. Settings refuse it outside the dev environment.
    """

    def now() -> datetime:
        try:
            shift = int(file.read_text() or 0)
        except FileNotFoundError:
            shift = 0
        return system_clock() + timedelta(seconds=shift)

    return now


def business_date(instant: datetime) -> date:
    """Return the calendar date of `instant` (aware) in Asia/Shanghai.

    Raises:
        ValueError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """Return the instant (UTC) at which `day` begins in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def months_later(day: date, months: int) -> date:
    """Return the same day `months` later (earlier if negative), or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
