"""Calendar arithmetic of the acceptance run: moved dates, calendar months, whole months held."""

import calendar
from datetime import date

NOW = date(2026, 3, 31)
FIRST_YEAR, LAST_YEAR = 2021, 2025
MONTHS = [f"{year}-{month:02d}" for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in range(1, 13)]

DOES_NOT_EXIST = "date_does_not_exist"
AFTER_NOW = "after_now"


def moved(year: int, month: int, day: int, years: int) -> date | None:
    """Return the day `years` later, or None where that day does not exist (February 29 of a common year)."""
    try:
        return date(year + years, month, day)
    except ValueError:
        return None


def moved_iso(text: str, years: int) -> date | None:
    """Return `moved` of a day written as YYYY-MM-DD."""
    year, month, day = (int(part) for part in text.split("-"))
    return moved(year, month, day, years)


def refusal(day: date | None, now: date) -> str | None:
    """Return why a row with this moved date is refused, or None; the day `now` itself is accepted."""
    if day is None:
        return DOES_NOT_EXIST
    return AFTER_NOW if day > now else None


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int:
    """Return the largest m with `add_months(start, m) <= end`: January 31 to February 28 is one whole month."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def month_of(day: date) -> str:
    """Return the calendar month of a business date as YYYY-MM."""
    return f"{day.year}-{day.month:02d}"
