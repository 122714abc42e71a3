"""Periods: calendar months by the business date in Asia/Shanghai. A closed month takes no entries any more, ever."""

from datetime import date

from shared.codes import Code
from shared.errors import Conflict


class PeriodStatus(Code):
    """Whether a month takes entries."""

    OPEN = "open", "开放"
    CLOSED = "closed", "已关账"


class PeriodAlreadyClosed(Conflict):
    """The month is closed; corrections go to the first open one."""

    code = "period_already_closed"


class PeriodNotOver(Conflict):
    """The month has days to come."""

    code = "period_not_over"


class EarlierPeriodOpen(Conflict):
    """Months are closed in order, none is left out."""

    code = "earlier_period_open"


def period_of(day: date) -> str:
    """Return the month of a business date (Asia/Shanghai) as `YYYY-MM`."""
    return f"{day.year:04d}-{day.month:02d}"


def next_period(period: str) -> str:
    """Return the month after `period` (`YYYY-MM`)."""
    year, month = int(period[:4]), int(period[5:])
    return period_of(date(year + month // 12, month % 12 + 1, 1))


def previous_period(period: str) -> str:
    """Return the month before `period` (`YYYY-MM`)."""
    year, month = int(period[:4]), int(period[5:])
    return period_of(date(year - (month == 1), (month - 2) % 12 + 1, 1))


def booked_period(earned: str, closed_through: str | None) -> str:
    """Return the month in whose settlement an entry stands.

    Args:
        earned: Month of the business date.
        closed_through: The last closed month; all before it are closed too. None while none is.

    Returns:
        The earned month while it is open, else the first open one.
    """
    return earned if closed_through is None or earned > closed_through else next_period(closed_through)


def require_closable(period: str, *, today: date, closed_through: str | None, earliest_open: str | None) -> None:
    """Refuse to close a month twice, before it is over, or before an earlier one.

    Args:
        period: The month to close.
        today: Today (Asia/Shanghai).
        closed_through: The last closed month; None while none is.
        earliest_open: The earliest month that has entries or was opened; None for none.

    Raises:
        PeriodAlreadyClosed: it is closed.
        PeriodNotOver: it has days to come.
        EarlierPeriodOpen: an earlier month comes first; `next` tells which.
    """
    if closed_through is not None and period <= closed_through:
        raise PeriodAlreadyClosed(f"{period} is closed.", closed_through=closed_through)
    if period >= period_of(today):
        raise PeriodNotOver(f"{period} is not over.")
    first = earliest_open if closed_through is None else next_period(closed_through)
    if first is not None and first < period:
        raise EarlierPeriodOpen(f"{first} must be closed first.", next=first)
