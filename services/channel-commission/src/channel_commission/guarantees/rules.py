"""Guarantees (保底): the least that the sales of a product earn a channel in a month or year, whatever it sold.

What is missing is booked when the period closes. Only days count on which the rule is in force and the channel may
sell: an agreement that begins on the 11th guarantees the rest of its first month. Measured are the fees of sales by
their business date; what a redemption takes back of them is borne by the channel and no part of the measure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from channel_commission.accruals.rules import calculate, guarantee_inputs
from channel_commission.balances.rules import Days
from channel_commission.cycles.rules import Cycle
from channel_commission.periods.rules import next_period
from channel_commission.rates.rules import Window


@dataclass(frozen=True, slots=True)
class Floor:
    """A guarantee as a rate card says it.

    Attributes:
        rule_id: The rule.
        channel_id: The channel guaranteed.
        product_id: The product.
        cycle: When its fees are settled.
        fen: The least for a whole period.
        per: Its period.
        is_taken_back: Whether fees of the period that become known after its close reduce what was booked.
        days: Half-open days on which the rule is in force.
    """

    rule_id: UUID
    channel_id: UUID
    product_id: UUID
    cycle: Cycle
    fen: int
    per: Window
    is_taken_back: bool
    days: Days


@dataclass(frozen=True, slots=True)
class Span:
    """A month or year: the months it has, and its half-open days."""

    months: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class TrueUp:
    """An entry to be made: for the period that ends on `day`, with the inputs its amount follows from."""

    floor: Floor
    day: date
    inputs: Mapping[str, Any]
    fen: int


def span_of(month: str, per: Window) -> Span:
    """Return the month or year that ends with `month` (`YYYY-MM`)."""
    months = (month,) if per is Window.MONTH else tuple(f"{month[:4]}-{n:02d}" for n in range(1, 13))
    return Span(months, _first_day(months[0]), _first_day(next_period(months[-1])))


def ends(closed: Iterable[str], per: Window) -> Iterator[str]:
    """Return those of the `closed` months (`YYYY-MM`) with which a period ends: every month, or December."""
    return (month for month in sorted(closed) if per is Window.MONTH or month.endswith("-12"))


def counted_days(span: Span, days: Days, active: Iterable[Days]) -> int:
    """Return the days of a period on which the rule is in force and the channel may sell."""
    start, end = _cut(days, span.start, span.end)
    pieces = (_cut(piece, start, end) for piece in active)
    return sum(max((last - first).days, 0) for first, last in pieces)


def true_ups(
    floor: Floor,
    *,
    closing: str,
    closed: Iterable[str],
    active: Iterable[Days],
    fees: Mapping[str, int],
    booked: Mapping[str, int],
) -> list[TrueUp]:
    """Return the entries that bring a guarantee to what it should be at the close of a month.

    Args:
        floor: The guarantee.
        closing: The month being closed (`YYYY-MM`).
        closed: Those closed before.
        active: Half-open days on which the channel may sell.
        fees: What sales earned under the rule, by the month of their business date.
        booked: What is booked of the guarantee, by the last month of its period.
    """
    found, spans = [], list(active)
    for month in ends({*closed, closing}, floor.per):
        if month != closing and not floor.is_taken_back:
            continue
        span = span_of(month, floor.per)
        inputs = guarantee_inputs(
            floor_fen=floor.fen,
            days=counted_days(span, floor.days, spans),
            of_days=(span.end - span.start).days,
            fees_fen=sum(fees.get(one, 0) for one in span.months),
            booked_before_fen=booked.get(month, 0),
        )
        fen = calculate(inputs).amount_fen
        if fen:
            found.append(TrueUp(floor, span.end - timedelta(days=1), inputs, fen))
    return found


def _cut(days: Days, start: date, end: date) -> tuple[date, date]:
    return max(days[0], start), end if days[1] is None else min(days[1], end)


def _first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)
