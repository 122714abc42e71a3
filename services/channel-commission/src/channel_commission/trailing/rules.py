"""Trailing fees: what each month of a holding is due, as a difference of two totals from its first day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from channel_commission.accruals.rules import Draft, EntryKind, calculate, reversal_inputs, trailing_inputs
from channel_commission.balances.rules import Days, Trailing, stretches
from channel_commission.periods.rules import next_period, period_of
from channel_commission.rates.rules import Component

#: A day and the balance in fen from that day on.
Step = tuple[date, int]


def months(first: str, last: str) -> Iterator[str]:
    """Return the months from `first` to `last`, both included."""
    while first <= last:
        yield first
        first = next_period(first)


def balance_steps(subscribed_on: date, subscribed_fen: int, redeemed: Sequence[tuple[date, int]]) -> list[Step]:
    """Return the balance from each day on: the day of subscription counts, that of a redemption does not."""
    fen = subscribed_fen
    steps: list[Step] = [(subscribed_on, fen)]
    for day, part in redeemed:
        fen -= part
        steps.append((max(day, subscribed_on), fen))
    return steps


def fees(
    dealing_id: UUID,
    terms: Trailing,
    steps: Sequence[Step],
    *,
    counted: Iterable[Days],
    through: str,
    booked: Mapping[str, int],
) -> list[Draft]:
    """Return the entries that bring the trailing fee of a holding to what it should be by the end of `through`.

    Each month is due `round(total to its end) - round(total to its beginning)`, so that no fen drifts away however long
    it goes on, and what becomes known later changes the months it belongs to and no other.

    Args:
        dealing_id: The subscription.
        terms: Its terms.
        steps: The balance from each day on, see `balance_steps`; empty once the subscription is reversed.
        counted: Half-open days on which the channel earns it.
        through: The last month (`YYYY-MM`).
        booked: What is booked by month.
    """
    drafts, total = list[Draft](), 0
    first = period_of(steps[0][0]) if steps else min(booked, default=next_period(through))
    spans = list(counted)
    for month in months(first, through):
        end = date(int(next_period(month)[:4]), int(next_period(month)[5:]), 1)
        before = booked.get(month, 0)
        if not steps:
            inputs, kind = reversal_inputs(before), EntryKind.REVERSE
        else:
            held = stretches(steps, counted=spans, until=end, day_count=terms.day_count)
            inputs = trailing_inputs(terms, held, booked_before_fen=total + before)
            kind = EntryKind.RERATE_DELTA if month in booked else EntryKind.ACCRUE
        found = calculate(inputs)
        total = found.due_fen
        if found.amount_fen:
            drafts.append(Draft(dealing_id, kind, 0, inputs, Component.TRAILING, end - timedelta(days=1)))
    return drafts
