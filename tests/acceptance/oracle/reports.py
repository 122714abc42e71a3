"""What the reports on complaints must say, counted case by case from the file: no sum of the system is asked."""

from collections.abc import Callable, Hashable, Iterable
from datetime import date

from oracle.cfpb import Complaint

#: The quarter with most complaints of the file.
QUARTER = (date(2025, 1, 1), date(2025, 3, 31))
#: Last day of each age band of the house but the open one.
AGE_BANDS = (5, 10, 15, 30, 60)

Test = Callable[[Complaint, date], bool]

#: The numbers of the statistics, each as the question that one case answers.
FIGURES: dict[str, Test] = {
    "received": lambda one, now: True,
    "open": lambda one, now: one.is_open(now),
    "overdue": lambda one, now: one.is_overdue(now),
    "informed": lambda one, now: one.informed_on is not None,
    "in_time": lambda one, now: one.was_in_time(),
    "late": lambda one, now: one.informed_on is not None and not one.was_in_time(),
    "reviewed": lambda one, now: one.review_requested,
    "compensated": lambda one, now: one.compensation_fen > 0,
}


def cases(complaints: Iterable[Complaint], figure: str, now: date) -> set[str]:
    """Return the external ids of the cases that a number counts."""
    return {str(one.external_id) for one in complaints if FIGURES[figure](one, now)}


def statistics(
    complaints: Iterable[Complaint], by: Callable[[Complaint], Hashable], now: date
) -> dict[Hashable, tuple[int, ...]]:
    """Return the numbers in the order of `FIGURES`, and what was paid in fen, by the value of each case."""
    found: dict[Hashable, list[Complaint]] = {}
    for one in complaints:
        found.setdefault(by(one), []).append(one)
    return {
        value: (*(len(cases(group, figure, now)) for figure in FIGURES), sum(one.compensation_fen for one in group))
        for value, group in found.items()
    }


def ageing(complaints: Iterable[Complaint], now: date) -> dict[tuple[int, int | None], tuple[int, int]]:
    """Return open and overdue cases by first and last day of the age band."""
    bands = [*zip((0, *(day + 1 for day in AGE_BANDS)), (*AGE_BANDS, None), strict=True)]
    found = dict.fromkeys(bands, (0, 0))
    for one in complaints:
        if one.is_open(now):
            age = (now - one.received_on).days
            band = next(band for band in bands if band[1] is None or age <= band[1])
            found[band] = (found[band][0] + 1, found[band][1] + one.is_overdue(now))
    return found


def quarter(complaints: Iterable[Complaint]) -> dict[str, int]:
    """Return the summary of the regulator's report of `QUARTER`; what was paid in fen."""
    first, last = QUARTER
    found = dict.fromkeys(
        ("received", "informed", "in_time", "late", "within_15", "within_30", "open_at_end", "compensated"), 0
    )
    found |= {"compensation": 0}
    for one in complaints:
        informed = one.informed_on is not None and first <= one.informed_on <= last
        days = (one.informed_on - one.received_on).days if one.informed_on else 0
        found["received"] += first <= one.received_on <= last
        found["informed"] += informed
        found["in_time"] += informed and one.was_in_time()
        found["late"] += informed and not one.was_in_time()
        found["within_15"] += informed and days <= 15
        found["within_30"] += informed and 15 < days <= 30
        found["open_at_end"] += one.received_on <= last and (one.informed_on is None or one.informed_on > last)
        found["compensated"] += informed and one.compensation_fen > 0
        found["compensation"] += one.compensation_fen if informed else 0
    return found
