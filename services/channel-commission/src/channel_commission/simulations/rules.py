"""Simulations: what a rate card would earn over past or future months, by the functions that book."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from channel_commission.periods.rules import next_period
from shared.errors import Invalid

MOST_SALES = 20_000
MOST_MONTHS = 36


class MonthsOutOfRange(Invalid):
    """The months end before they begin, or are too many."""

    code = "months_out_of_range"


class SimulationTooLarge(Invalid):
    """The channel sold more in these months than one simulation takes."""

    code = "simulation_too_large"


class SaleOutsideMonths(Invalid):
    """A supposed sale lies outside of the months asked for."""

    code = "sale_outside_months"


def days(first: str, last: str) -> tuple[date, date]:
    """Return the half-open days of the months `first` to `last` (`YYYY-MM`, both included).

    Raises:
        MonthsOutOfRange: the last is before the first, or there are more than `MOST_MONTHS`.
    """
    count = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    if not 1 <= count <= MOST_MONTHS:
        raise MonthsOutOfRange(f"Ask for 1 to {MOST_MONTHS} months in order.", pointer="/last")
    after = next_period(last)
    return date(int(first[:4]), int(first[5:]), 1), date(int(after[:4]), int(after[5:]), 1)


def require_inside(on: date, since: date, until: date, *, pointer: str) -> None:
    """Refuse a supposed sale outside of the half-open days from `since` to `until`.

    Raises:
        SaleOutsideMonths: as said.
    """
    if not since <= on < until:
        raise SaleOutsideMonths("The sale must lie in the months asked for.", pointer=pointer)


def by_month(entries: Iterable[tuple[str, int]]) -> Counter[str]:
    """Return fen by month from entries given as month and fen."""
    found = Counter[str]()
    for month, fen in entries:
        found[month] += fen
    return found
