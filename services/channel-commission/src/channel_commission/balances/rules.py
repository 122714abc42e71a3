"""Balances: what was held on which days, and the trailing fee (尾随佣金) that earns.

The balance of a day is the one after its confirmations: the day of a subscription counts, that of a redemption does not
(`domain.md` §4.5). Days are added up first; rounding is the caller's, once per entry.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.codes import Code

#: Trailing fees are counted in fractions and shown with this many places; fen are rounded from the fraction itself.
_DIGITS = Decimal("0.000000000001")


class Basis(Code):
    """What a trailing fee is measured on."""

    HELD_AMOUNT = "held_amount", "按日保有本金"


class DayCount(Code):
    """How many days a year has."""

    ACTUAL_365 = "actual_365", "实际天数/365"
    ACTUAL_360 = "actual_360", "实际天数/360"
    ACTUAL_ACTUAL = "actual_actual", "实际天数/当年天数"


@dataclass(frozen=True, slots=True)
class Trailing:
    """Terms of a trailing fee.

    Attributes:
        rate: Fraction of the balance a year.
        basis: What the balance is.
        day_count: How many days a year has.
        management_rate: Fraction of the balance a year that the house takes as management fee; None for no bound.
        management_share: Largest part of the management fee that may go to the channel; None for no bound.
        goes_on: Whether it is earned on days on which the channel may not sell.
    """

    rate: Decimal
    basis: Basis
    day_count: DayCount
    management_rate: Decimal | None = None
    management_share: Decimal | None = None
    goes_on: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the terms as JSON values."""
        written: dict[str, Any] = {
            "rate": str(self.rate), "basis": self.basis.value, "day_count": self.day_count.value,
            "goes_on": self.goes_on,
        }  # fmt: skip
        if self.management_rate is not None:
            written |= {"management_rate": str(self.management_rate), "management_share": str(self.management_share)}
        return written


def trailing(written: Mapping[str, Any]) -> Trailing:
    """Return the terms that `Trailing.as_json` wrote."""
    bound = {name: Decimal(written[name]) for name in ("management_rate", "management_share") if name in written}
    return Trailing(
        Decimal(written["rate"]),
        Basis(written["basis"]),
        DayCount(written["day_count"]),
        goes_on=written["goes_on"],
        **bound,
    )


def effective_rate(terms: Trailing) -> Decimal:
    """Return the rate a year with the bound by the management fee: both are measured on the same balance and days."""
    if terms.management_rate is None or terms.management_share is None:
        return terms.rate
    return min(terms.rate, terms.management_rate * terms.management_share)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days with one balance: `days` of `year_days`, each with `fen`."""

    days: int
    year_days: int
    fen: int


#: Half-open days; the end is None while it lasts.
Days = tuple[date, date | None]


def stretches(
    steps: Sequence[tuple[date, int]], *, counted: Iterable[Days], until: date, day_count: DayCount
) -> list[Stretch]:
    """Return the days before `until` with a balance, put together where balance and length of the year are the same.

    Args:
        steps: The balance in fen from each day on, in order of days.
        counted: Half-open days on which a fee is earned, apart from each other.
        until: First day not asked for.
        day_count: How many days a year has.
    """
    spans = list(counted)
    found: dict[tuple[int, int], int] = {}
    for (start, fen), (end, _) in zip(steps, [*steps[1:], (until, 0)], strict=True):
        for first, last in spans:
            begins, ends = max(start, first), min(end, until if last is None else last, until)
            for year, days in _per_year(begins, ends):
                if fen:
                    key = (_year_days(year, day_count), fen)
                    found[key] = found.get(key, 0) + days
    return [Stretch(days, year_days, fen) for (year_days, fen), days in found.items()]


def earned(terms: Trailing, held: Iterable[Stretch]) -> Fraction:
    """Return the exact fee in fen of the days `held`."""
    days = sum((Fraction(one.fen * one.days, one.year_days) for one in held), Fraction(0))
    return days * Fraction(effective_rate(terms))


def yuan(fen: Fraction) -> Decimal:
    """Return exact fen as yuan for people, cut far behind the fen."""
    return (Decimal(fen.numerator) / Decimal(fen.denominator * 100)).quantize(_DIGITS)


def _per_year(start: date, end: date) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(end, date(start.year + 1, 1, 1))
        yield start.year, (stop - start) // timedelta(days=1)
        start = stop


def _year_days(year: int, day_count: DayCount) -> int:
    if day_count is DayCount.ACTUAL_ACTUAL:
        return (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return 360 if day_count is DayCount.ACTUAL_360 else 365
