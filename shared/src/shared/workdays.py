"""Workdays (工作日): weekdays without holidays, and make-up workdays (调休上班日), as the State Council announces them.

Which days these are is a policy row of each service, with a source and an end. Beyond its end weekdays count, so that
what waits for workdays is told too early rather than never; who wants nothing guessed asks no later day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Workdays:
    """Which days are workdays.

    Attributes:
        weekdays: Days of the week that are workdays, Monday is 1.
        days_off: Holidays, whatever day of the week.
        make_up_days: Workdays, whatever day of the week.
    """

    weekdays: frozenset[int]
    days_off: frozenset[date]
    make_up_days: frozenset[date]

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Workdays":
        """Return the workdays that a policy row's value describes; each of its `days_off` is a first and a last day.

        Raises:
            KeyError, TypeError, ValueError: the row is no calendar.
        """
        off = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in value["days_off"]]
        return cls(
            weekdays=frozenset(value["weekdays"]),
            days_off=frozenset(first + n * _DAY for first, last in off for n in range((last - first).days + 1)),
            make_up_days=frozenset(date.fromisoformat(day) for day in value["make_up_days"]),
        )

    def is_workday(self, day: date) -> bool:
        """Return whether a day is a workday."""
        return day in self.make_up_days or (day.isoweekday() in self.weekdays and day not in self.days_off)


def days_before(calendar: Workdays, today: date, workdays: int) -> date:
    """Return the latest day after which `workdays` whole workdays lie before `today`.

    What began on that day or earlier has waited for so many workdays; the day it began does not count, nor today.
    """
    day = today - _DAY
    while workdays > 0:
        workdays -= calendar.is_workday(day)
        day -= _DAY
    return day
